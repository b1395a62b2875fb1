// Sidecars that the server writes itself: those of devices, without faces of which nothing is kept.
import { createHash } from 'node:crypto';
import { embedders } from '#shared/faces/models.ts';
import { type Sidecar, readSidecar, writeSidecar } from '#shared/faces/sidecar.ts';
import { liesAt } from '#shared/people/faces.ts';
import type { Project } from '#shared/projects/project.ts';
import type { Database } from '../../database/database.ts';
import type { Storage } from '../../storage/storage.ts';
import { pathOf } from '../files/paths.ts';
import { type PhotoRef, cacheKeyOf, findFile, insertAsset, linkFile } from '../files/store.ts';
import { replaceFaces } from './store.ts';

const embedderOf = (id: string) => embedders.find((model) => model.id === id);

/** @returns the same object when all of it may be kept; with no face where none is looked for */
export async function withoutForgotten(
	database: Database,
	{ workspace, event, photo }: PhotoRef,
	{ faces: looks }: Pick<Project, 'faces'>,
	sidecar: Sidecar
): Promise<Sidecar> {
	if (looks === 'off') return sidecar.faces.length === 0 ? sidecar : { ...sidecar, faces: [] };
	const places = await database.tenant(workspace, (queries) =>
		queries.query<{ x: number; y: number }>(
			`select x, y from forgotten_faces where workspace_id = $1 and event_id = $2 and photo_id = $3`,
			[workspace, event, photo]
		)
	);
	const faces = sidecar.faces.filter(({ box }) => !liesAt(box, places));
	return faces.length === sidecar.faces.length ? sidecar : { ...sidecar, faces };
}

/** Puts a sidecar in place of the one that a photo has. */
export async function storeFaces(
	database: Database,
	storage: Storage,
	ref: PhotoRef,
	path: string,
	sidecar: Sidecar,
	createdBy: string
): Promise<void> {
	const bytes = writeSidecar(sidecar, embedderOf(sidecar.model)!.dimensions);
	const sha256 = createHash('sha256').update(bytes).digest('hex');
	await storage.put(path, [bytes]);
	const kept = await database.tenant(ref.workspace, async (queries) => {
		const asset = await insertAsset(queries, ref.workspace, {
			kind: 'faces',
			cacheKey: cacheKeyOf('faces', ref.photo, sha256),
			sha256,
			size: bytes.length,
			path,
			chunks: null,
			createdBy
		});
		await linkFile(queries, ref, {
			kind: 'faces',
			asset: asset.id,
			faces: sidecar.faces.length,
			createdBy
		});
		await replaceFaces(queries, ref, sidecar);
		return asset.path;
	});
	if (kept !== path) await storage.remove(path);
}

/** Writes a photo's sidecar anew without what is forgotten. @returns whether there was something */
export async function stripSidecar(
	database: Database,
	storage: Storage,
	ref: PhotoRef,
	event: Pick<Project, 'id' | 'date' | 'createdAt' | 'faces'>,
	createdBy: string
): Promise<boolean> {
	const file = await database.tenant(ref.workspace, (queries) => findFile(queries, ref, 'faces'));
	const stored = file && (await storage.get(file.path));
	if (!stored) {
		// rows without their file: they go
		await database.tenant(ref.workspace, (queries) =>
			queries.query(
				`delete from faces f where f.workspace_id = $1 and f.event_id = $2 and f.photo_id = $3`,
				[ref.workspace, ref.event, ref.photo]
			)
		);
		return true;
	}
	const bytes = new Uint8Array(await new Response(stored.stream).arrayBuffer());
	const sidecar = readSidecar(bytes, embedderOf);
	const kept = await withoutForgotten(database, ref, event, sidecar);
	if (kept === sidecar) return false;
	const path = pathOf(ref.workspace, event, ref.photo, 'faces', extensionOfPath(file.path));
	await storeFaces(database, storage, ref, path, kept, createdBy);
	return true;
}

const extensionOfPath = (path: string): string => path.split('.').pop()!;
