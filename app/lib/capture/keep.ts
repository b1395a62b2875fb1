// What is made of a photo is kept on the device, and queued to be sent. All of it may be repeated, after a crash.
import { type FileKind, fileKinds } from '#shared/files/kinds.ts';
import { photoIdOf } from '#shared/photos/identity.ts';
import type { DeviceDatabase, ImportRow } from '../device/database.ts';
import type { Developed, Looked, MadeFile } from '../photos/photo.worker.ts';

async function queue(
	{ transfers }: DeviceDatabase,
	{ event, workspace, sha256 }: ImportRow,
	made: Partial<Record<FileKind, MadeFile | null>>
): Promise<void> {
	const photo = photoIdOf(sha256!);
	for (const [order, kind] of fileKinds.entries()) {
		const file = made[kind];
		const id = `${event}/${photo}/${kind}`;
		if (!file || (await transfers.get(id))) continue;
		await transfers.add({
			id,
			workspace,
			event,
			photo,
			kind,
			sha256: file.sha256,
			size: file.size,
			order,
			createdAt: Date.now(),
			notBefore: 0,
			attempts: 0,
			problem: null,
			stuck: 0
		});
	}
}

/** What others wait for, and what is lost with this device, is on its way before faces are looked for. */
export const keepFirst = (
	database: DeviceDatabase,
	row: ImportRow,
	{ thumb }: Looked
): Promise<void> =>
	database.transaction('rw', database.files, database.transfers, async () => {
		if (thumb)
			await database.files.put({ key: `thumb/${photoIdOf(row.sha256!)}`, size: thumb.size });
		await queue(database, row, { thumb, original: { sha256: row.sha256!, size: row.size } });
	});

/** Keeps the rest, and that the photo is done. */
export function keep(
	database: DeviceDatabase,
	row: ImportRow,
	{ web, sidecar, facesPending }: Developed
): Promise<void> {
	const { imports, files, sidecars, transfers } = database;
	const photo = photoIdOf(row.sha256!);
	return database.transaction('rw', imports, files, sidecars, transfers, async () => {
		if (sidecar) await sidecars.put({ event: row.event, photo, bytes: sidecar.bytes });
		if (web) await files.put({ key: `web/${photo}`, size: web.size });
		await queue(database, row, {
			web,
			faces: sidecar && { sha256: sidecar.sha256, size: sidecar.bytes.length }
		});
		await imports.update(row.id, {
			...(facesPending ? { state: 'faceless', isEntered: true } : { state: 'done' }),
			faces: sidecar?.faces ?? 0
		});
	});
}
