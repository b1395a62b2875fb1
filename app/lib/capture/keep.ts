// What is made of a photo is kept on the device, and queued to be sent. All of it may be repeated, after a crash.
import type * as Y from 'yjs';
import { type FileKind, fileKinds } from '#shared/files/kinds.ts';
import type { Embedder } from '#shared/faces/models.ts';
import { isFilm } from '#shared/photos/format.ts';
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
		if (!file) continue;
		const what = { sha256: file.sha256, size: file.size };
		const waiting = await transfers.get(id);
		// made anew before it was sent
		if (waiting && waiting.sha256 !== what.sha256) await transfers.update(id, what);
		if (waiting) continue;
		await transfers.add({
			id,
			workspace,
			event,
			photo,
			kind,
			...what,
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

function keep(
	database: DeviceDatabase,
	row: ImportRow,
	{ web, sidecar }: Developed,
	state: 'faceless' | 'unlooked' | 'done'
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
			state,
			isEntered: true,
			faces: sidecar?.faces ?? 0
		});
	});
}

export interface KeepPorts {
	database: DeviceDatabase;
	/** the event's document, loaded */
	documentOf(event: string): Promise<{ doc: Y.Doc }>;
	/** whether faces are looked for in this event */
	facesOf(event: string): 'on' | 'off';
	/** a photo is done but for its faces, whose models are not here */
	onFaceless(): void;
	/** whether faces are looked for has changed while a photo was kept as it was wished before */
	onFacesChanged(): void;
}

/**
 * Keeps the rest, and that the photo is done, as the studio wishes it: that may have changed since the photo was begun, and may
 * change while it is kept.
 * @param model what faces were looked for with; null: they were not
 */
export async function keepAsWished(
	{ database, documentOf, facesOf, onFaceless, onFacesChanged }: KeepPorts,
	row: ImportRow,
	developed: Developed,
	model: Embedder | null
): Promise<void> {
	const { event, workspace } = row;
	const photo = photoIdOf(row.sha256!);
	const { doc } = await documentOf(event);
	const forgottenNow = () =>
		[...doc.getMap('forgotten').keys()].filter((key) => key.startsWith(`${photo}/`));
	const isWished = facesOf(event) === 'on';
	const forgotten = forgottenNow();
	const state = () => {
		if (isFilm(row.type!)) return 'done';
		if (!isWished) return 'unlooked';
		return developed.facesPending || model === null ? 'faceless' : 'done';
	};
	let sidecar = isWished ? developed.sidecar : null;
	// what the studio forgets is not kept when it is found again
	if (sidecar && forgotten.length > 0)
		sidecar = await (await import('../people/forget.ts')).withoutPlaces(sidecar, forgotten);
	await keep(database, row, { ...developed, sidecar }, state());
	if (state() === 'faceless') onFaceless();
	if ((facesOf(event) === 'on') !== isWished) onFacesChanged();
	const now = forgottenNow();
	if (sidecar && now.length > forgotten.length)
		await (await import('../people/forget.ts')).forgetFaces(database, workspace, event, now);
}
