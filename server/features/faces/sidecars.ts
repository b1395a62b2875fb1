// Sidecars that the server writes itself: those of devices, without faces of which nothing is kept.
import { createHash } from 'node:crypto';
import { type Sidecar, dimensionsOf, readSidecar, writeSidecar } from '#shared/faces/sidecar.ts';
import { liesAt } from '#shared/people/faces.ts';
import type { Project } from '#shared/projects/project.ts';
import type { Database } from '../../database/database.ts';
import type { Storage } from '../../storage/storage.ts';
import { pathOf } from '../files/paths.ts';
import {
	type PhotoRef,
	cacheKeyOf,
	findFile,
	insertAsset,
	linkFile,
	removeAsset
} from '../files/store.ts';
import { removeFaces, replaceFaces } from './store.ts';

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
	const bytes = writeSidecar(sidecar, dimensionsOf(sidecar));
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

/** Writes a photo's sidecar, and the rows of its faces, anew without what is forgotten. */
export async function stripSidecar(
	database: Database,
	storage: Storage,
	ref: PhotoRef,
	event: Pick<Project, 'id' | 'date' | 'createdAt' | 'faces'>,
	createdBy: string
): Promise<void> {
	const file = await database.tenant(ref.workspace, (queries) => findFile(queries, ref, 'faces'));
	const stored = file && (await storage.get(file.path));
	const sidecar = stored && (await readStored(stored.stream));
	if (!sidecar) {
		// lost or damaged: nothing of it stays, and devices send theirs
		await database.tenant(ref.workspace, async (queries) => {
			if (file) await removeAsset(queries, ref.workspace, file.asset);
			await removeFaces(queries, ref);
		});
		return;
	}
	const kept = await withoutForgotten(database, ref, event, sidecar);
	const path = pathOf(ref.workspace, event, ref.photo, 'faces', file.path.split('.').pop()!);
	await storeFaces(database, storage, ref, path, kept, createdBy);
}

/** A sidecar that was looked through when it came. @returns null when it is damaged */
export async function readStored(stream: BodyInit): Promise<Sidecar | null> {
	const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
	try {
		return readSidecar(bytes, 'any');
	} catch {
		return null;
	}
}
