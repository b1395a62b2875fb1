// Sends again what the server has lost, or never heard of, and this device still has.
import { type FileKind, fileBit, fileKinds } from '#shared/files/kinds.ts';
import { sha256Hex } from '#shared/bytes.ts';
import type { DeviceDatabase } from '../device/database.ts';
import { readFile } from '../device/files.ts';

export interface Lacking {
	photo: string;
	/** SHA-256 of the original */
	sha256: string;
	/** bits of what the server has */
	files: number;
}

/** How many photos are looked up at a time. */
const STEP = 200;

/** A file of this device, if it has it. */
async function fileHere(
	person: string,
	database: DeviceDatabase,
	event: string,
	{ photo, sha256 }: Lacking,
	kind: FileKind
): Promise<Blob | null> {
	if (kind === 'faces') {
		const row = await database.sidecars.get([event, photo]);
		return row ? new Blob([row.bytes]) : null;
	}
	const [area, name] = kind === 'original' ? (['originals', sha256] as const) : [kind, photo];
	const row = await database.files.get(`${area}/${name}`);
	// what came from the server does not go back: it may have given it up on purpose
	const isOwn = row && row.fetchedAt === undefined && !row.isKept;
	const file = isOwn ? await readFile(person, area, name) : null;
	return file?.size === row?.size ? file : null;
}

/** @returns how many files were queued */
export async function resend(
	person: string,
	database: DeviceDatabase,
	place: { workspace: string; event: string },
	photos: readonly Lacking[]
): Promise<number> {
	const { transfers } = database;
	let queued = 0;
	for (let at = 0; at < photos.length; at += STEP) {
		const wanted = photos
			.slice(at, at + STEP)
			.flatMap((photo) =>
				fileKinds.flatMap((kind, order) =>
					photo.files & fileBit[kind]
						? []
						: [{ photo, kind, order, id: `${place.event}/${photo.photo}/${kind}` }]
				)
			);
		const waiting = await transfers.bulkGet(wanted.map(({ id }) => id));
		for (const [index, { photo, kind, order, id }] of wanted.entries()) {
			if (waiting[index]) continue;
			const file = await fileHere(person, database, place.event, photo, kind);
			if (!file) continue;
			const sha256 =
				kind === 'original'
					? photo.sha256
					: await sha256Hex(new Uint8Array(await file.arrayBuffer()));
			await transfers.put({
				...place,
				...{ id, photo: photo.photo, kind, order, sha256, size: file.size },
				...{ createdAt: Date.now(), notBefore: 0, attempts: 0, problem: null, stuck: 0 }
			});
			queued++;
		}
	}
	return queued;
}
