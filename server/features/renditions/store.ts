import type { FileKind } from '#shared/files/kinds.ts';
import type { Queries } from '../../database/database.ts';
import type { PhotoRef, StoredFile } from '../files/store.ts';
import { findProject } from '../projects/store.ts';

/** What was made of a photo's file besides what devices make: found by how it was made. */
export async function findDerived(
	queries: Queries,
	workspace: string,
	cacheKey: string
): Promise<StoredFile | null> {
	const [row] = await queries.query<StoredFile>(
		`select id as asset, kind, sha256, size, path, null::int as faces from assets
		 where workspace_id = $1 and cache_key = $2`,
		[workspace, cacheKey]
	);
	return row ? { ...row, size: Number(row.size) } : null;
}

/** What was made of a file, as it lies in the storage. */
export interface DerivedFile {
	kind: FileKind;
	cacheKey: string;
	sha256: string;
	size: number;
	path: string;
}

/**
 * Enters what the server made of an asset; of equal work the first stays.
 * @param isOwn whether these are the photo's files of their kinds, beside that of which they were made
 * @returns the asset of each, in the same order: another one where somebody else was first; null: the event was removed
 */
export async function insertDerived(
	queries: Queries,
	ref: PhotoRef,
	source: string,
	files: readonly DerivedFile[],
	isOwn: boolean
): Promise<StoredFile[] | null> {
	const { workspace, event, photo } = ref;
	const keys = files.map(({ cacheKey }) => cacheKey);
	type Row = { key: string; id: string; sha256: string; size: string; path: string };
	const columns = 'cache_key as key, id, sha256, size, path';
	const rows = await queries.query<Row>(
		`insert into assets (workspace_id, kind, cache_key, sha256, size, path, source_asset_id)
		 select $1, f.*, $2::uuid from unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[]) f
		 where exists (select 1 from projects p where p.workspace_id = $1 and p.id = $8 and p.type is not null)
		 on conflict (workspace_id, cache_key) do nothing returning ${columns}`,
		[
			workspace,
			source,
			files.map(({ kind }) => kind),
			keys,
			files.map(({ sha256 }) => sha256),
			files.map(({ size }) => size),
			files.map(({ path }) => path),
			event
		]
	);
	if (rows.length < files.length) {
		if (!(await findProject(queries, workspace, event))) return null;
		rows.push(
			...(await queries.query<Row>(
				`select ${columns} from assets where workspace_id = $1 and cache_key = any($2)`,
				[workspace, keys]
			))
		);
	}
	const assets = files.map(({ kind, cacheKey }): StoredFile => {
		const { id, sha256, size, path } = rows.find(({ key }) => key === cacheKey)!;
		return { asset: id, kind, sha256, size: Number(size), path, faces: null };
	});
	if (isOwn)
		await queries.query(
			`insert into photo_files (workspace_id, event_id, photo_id, kind, asset_id)
			 select $1, $2, $3, f.* from unnest($4::text[], $5::uuid[]) f on conflict do nothing`,
			[workspace, event, photo, files.map(({ kind }) => kind), assets.map(({ asset }) => asset)]
		);
	return assets;
}

/** Photos whose original is here and has been for a while, without a rendition of it. */
export async function listWithoutRenditions(
	queries: Queries,
	workspace: string,
	extensions: string[],
	limit: number
): Promise<{ event: string; photo: string }[]> {
	return queries.query(
		`select o.event_id as event, o.photo_id as photo from photo_files o
		 join assets a on a.workspace_id = $1 and a.id = o.asset_id
		 join photos p on p.workspace_id = $1 and p.event_id = o.event_id and p.id = o.photo_id
		 where o.workspace_id = $1 and o.kind = 'original' and o.created_at < now() - interval '10 minutes'
		 	and substring(a.path from '[^.]+$') = any($2)
		 	and not exists (select 1 from photo_files t where t.workspace_id = $1 and t.event_id = o.event_id
		 		and t.photo_id = o.photo_id and t.kind = 'thumb')
		 order by o.created_at desc limit $3`,
		[workspace, extensions, limit]
	);
}

interface Evictable {
	id: string;
	size: number;
}

/**
 * What the server made and can make again, the longest unused first: other encodings, and pictures of web size whose
 * original is here. Thumbnails stay: guests' searches need them.
 */
export async function listEvictable(
	queries: Queries,
	workspace: string,
	limit: number
): Promise<Evictable[]> {
	const rows = await queries.query<{ id: string; size: string }>(
		`select a.id, a.size from assets a where a.workspace_id = $1 and a.created_by is null and a.source_asset_id is not null
		 	and (not exists (select 1 from photo_files f where f.workspace_id = $1 and f.asset_id = a.id)
		 		or (a.kind = 'web' and exists (select 1 from assets o where o.workspace_id = $1
		 			and o.id = a.source_asset_id and o.kind = 'original')))
		 order by a.last_accessed_at, a.id limit $2`,
		[workspace, limit]
	);
	return rows.map(({ id, size }) => ({ id, size: Number(size) }));
}

/** Assets of an expired kind of cache. */
export async function listExpiredAssets(queries: Queries, workspace: string): Promise<Evictable[]> {
	const rows = await queries.query<{ id: string; size: string }>(
		`select id, size from assets where workspace_id = $1 and created_by is null and expires_at < now() limit 1000`,
		[workspace]
	);
	return rows.map(({ id, size }) => ({ id, size: Number(size) }));
}

export interface LineageRow {
	id: string;
	kind: FileKind;
	source: string | null;
	size: number;
	path: string;
	cache_key: string;
	by: string | null;
	created_at: Date;
	access_count: number;
	last_accessed_at: Date;
}

/** All files of a photo, and what was made of them. */
export async function listLineage(
	queries: Queries,
	workspace: string,
	event: string,
	photo: string
): Promise<LineageRow[]> {
	const rows = await queries.query<
		Omit<LineageRow, 'size' | 'access_count'> & { size: string; access_count: string }
	>(
		`with recursive own(id) as (
		 	select asset_id from photo_files where workspace_id = $1 and event_id = $2 and photo_id = $3
		 	union
		 	select a.id from assets a join own on a.source_asset_id = own.id where a.workspace_id = $1
		 		and not exists (select 1 from photo_files f where f.workspace_id = $1 and f.asset_id = a.id)
		 )
		 select a.id, a.kind, a.source_asset_id as source, a.size, a.path, a.cache_key, a.created_by as by, a.created_at,
		 	a.access_count, a.last_accessed_at
		 from assets a join own on own.id = a.id where a.workspace_id = $1 order by a.created_at, a.id`,
		[workspace, event, photo]
	);
	return rows.map(({ size, access_count, ...row }) => ({
		...row,
		size: Number(size),
		access_count: Number(access_count)
	}));
}

/** Counts how often files were asked for. */
export async function countAccess(
	queries: Queries,
	workspace: string,
	counts: { asset: string; count: number }[]
): Promise<void> {
	await queries.query(
		`update assets a set access_count = a.access_count + c.count, last_accessed_at = now()
		 from jsonb_to_recordset($2::text::jsonb) as c(asset uuid, count int)
		 where a.workspace_id = $1 and a.id = c.asset`,
		[workspace, JSON.stringify(counts)]
	);
}
