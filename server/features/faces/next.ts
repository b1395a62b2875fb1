// Faces of the next model, which wait beside those in use until all are there.
import type { Sidecar } from '#shared/faces/sidecar.ts';
import type { Queries } from '../../database/database.ts';
import type { PhotoRef } from '../files/store.ts';
import { insertFaces, removeNext } from './store.ts';

export interface DuePhoto {
	event: string;
	photo: string;
	/** the sidecar that is there */
	asset: string;
	path: string;
	createdBy: string;
}

/** Photos with faces of another model than this, whose picture is here, and which are not made yet. */
const DUE = `from (select distinct f.event_id, f.photo_id from faces f where f.workspace_id = $1 and f.model <> $2) d
	join photo_files s on s.workspace_id = $1 and s.event_id = d.event_id and s.photo_id = d.photo_id and s.kind = 'faces'
	join assets a on a.workspace_id = $1 and a.id = s.asset_id
	where exists (select 1 from photo_files o where o.workspace_id = $1 and o.event_id = d.event_id
			and o.photo_id = d.photo_id and o.kind in ('original', 'web'))
		and not exists (select 1 from next_sidecars n where n.workspace_id = $1 and n.event_id = d.event_id
			and n.photo_id = d.photo_id and n.model = $2 and n.made_of = s.asset_id)`;

/** @param without photos, as `<event>/<photo>`, that could not be done */
export const listDuePhotos = (
	queries: Queries,
	workspace: string,
	model: string,
	without: readonly string[],
	limit: number
): Promise<DuePhoto[]> =>
	queries.query<DuePhoto>(
		`select d.event_id as event, d.photo_id as photo, a.id as asset, a.path, s.created_by as "createdBy" ${DUE}
		 	and d.event_id || '/' || d.photo_id <> all($3)
		 order by d.event_id, d.photo_id limit $4`,
		[workspace, model, without as string[], limit]
	);

/** Photos with faces of the next model, and of those that will have them. */
export async function progressOf(
	queries: Queries,
	workspace: string,
	model: string
): Promise<{ done: number; total: number }> {
	const [row] = await queries.query<{ done: number; due: number }>(
		`select (select count(*)::int from next_sidecars where workspace_id = $1 and model = $2) as done,
		 	(select count(*)::int ${DUE}) as due`,
		[workspace, model]
	);
	return { done: row!.done, total: row!.done + row!.due };
}

/** Puts faces of the next model beside those that a photo has. */
export async function insertNext(
	queries: Queries,
	ref: PhotoRef,
	sidecar: Sidecar,
	file: { madeOf: string; sha256: string; size: number; path: string }
): Promise<void> {
	await removeNext(queries, ref.workspace, ref.event, [ref.photo]);
	await queries.query(
		`insert into next_sidecars (workspace_id, event_id, photo_id, model, made_of, sha256, size, path, faces)
		 values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		[
			...[ref.workspace, ref.event, ref.photo, sidecar.model, file.madeOf],
			...[file.sha256, file.size, file.path, sidecar.faces.length]
		]
	);
	await insertFaces(queries, 'next_faces', ref, sidecar);
}

/** @param but what is made with this model stays */
export async function removeAllNext(
	queries: Queries,
	workspace: string,
	but: string | null
): Promise<void> {
	for (const table of ['next_faces', 'next_sidecars'])
		await queries.query(
			`delete from ${table} where workspace_id = $1 and model is distinct from $2`,
			[workspace, but]
		);
}

/** Puts the faces of the next model in place of those in use, all at once. Those whose photo has changed since stay as they are. */
export async function takeNext(queries: Queries, workspace: string, model: string): Promise<void> {
	const both = [workspace, model];
	// in the order in which files are entered: photos first, then their faces. Whoever replaces one of them waits, or is waited for
	await queries.query(
		`select 1 from photo_files s join next_sidecars n on n.workspace_id = $1 and n.model = $2
		 	and n.event_id = s.event_id and n.photo_id = s.photo_id
		 where s.workspace_id = $1 and s.kind = 'faces' order by s.event_id, s.photo_id for update of s`,
		both
	);
	await queries.query(
		`insert into assets (workspace_id, kind, cache_key, sha256, size, path, source_asset_id, created_by)
		 select distinct on (n.sha256) $1::uuid, 'faces', 'faces/' || n.sha256, n.sha256, n.size, n.path, a.source_asset_id, s.created_by
		 from next_sidecars n
		 join photo_files s on s.workspace_id = $1 and s.event_id = n.event_id and s.photo_id = n.photo_id
		 	and s.kind = 'faces' and s.asset_id = n.made_of
		 join assets a on a.workspace_id = $1 and a.id = n.made_of
		 where n.workspace_id = $1 and n.model = $2
		 order by n.sha256, n.photo_id on conflict (workspace_id, cache_key) do nothing`,
		both
	);
	await queries.query(
		`delete from faces f using next_sidecars n, photo_files s
		 where f.workspace_id = $1 and n.workspace_id = $1 and n.model = $2 and n.event_id = f.event_id and n.photo_id = f.photo_id
		 	and s.workspace_id = $1 and s.event_id = n.event_id and s.photo_id = n.photo_id and s.kind = 'faces' and s.asset_id = n.made_of`,
		both
	);
	await queries.query(
		`insert into faces (workspace_id, event_id, photo_id, face, model, box, quality, embedding)
		 select f.workspace_id, f.event_id, f.photo_id, f.face, f.model, f.box, f.quality, f.embedding
		 from next_faces f join next_sidecars n on n.workspace_id = $1 and n.event_id = f.event_id and n.photo_id = f.photo_id and n.model = $2
		 join photo_files s on s.workspace_id = $1 and s.event_id = n.event_id and s.photo_id = n.photo_id and s.kind = 'faces'
		 	and s.asset_id = n.made_of
		 where f.workspace_id = $1 and f.model = $2`,
		both
	);
	const gone = await queries.query<{ id: string }>(
		`update photo_files s set asset_id = a.id, faces = n.faces
		 from next_sidecars n join assets a on a.workspace_id = $1 and a.cache_key = 'faces/' || n.sha256
		 where n.workspace_id = $1 and n.model = $2 and s.workspace_id = $1 and s.event_id = n.event_id
		 	and s.photo_id = n.photo_id and s.kind = 'faces' and s.asset_id = n.made_of
		 returning n.made_of as id`,
		both
	);
	await queries.query(
		`delete from assets a where a.workspace_id = $1 and a.id = any($2::uuid[]) and not exists (
		 	select 1 from photo_files f where f.workspace_id = $1 and f.asset_id = a.id)`,
		[workspace, gone.map(({ id }) => id)]
	);
	await removeAllNext(queries, workspace, null);
}
