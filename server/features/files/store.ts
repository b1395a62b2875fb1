import { type FileKind, renditions } from '#shared/files/kinds.ts';
import type { Parameter, Queries } from '../../database/database.ts';
import { removeNext } from '../faces/store.ts';

/** One stored file of a photo. */
export interface StoredFile {
	asset: string;
	kind: FileKind;
	sha256: string;
	size: number;
	path: string;
	faces: number | null;
}

/** Where a photo is: every statement about its files needs all three. */
export interface PhotoRef {
	workspace: string;
	event: string;
	photo: string;
}

/** Content and the way it was made; equal keys are equal work. */
export function cacheKeyOf(kind: FileKind, photo: string, sha256: string): string {
	if (kind === 'original' || kind === 'faces') return `${kind}/${sha256}`;
	const { side, quality } = renditions[kind];
	return `${kind}/${photo}/webp-${side}-${Math.round(quality * 100)}`;
}

const fileColumns = `a.id as asset, f.kind, a.sha256, a.size, a.path, f.faces`;

export async function findFiles(
	queries: Queries,
	ref: PhotoRef,
	kinds: readonly FileKind[]
): Promise<StoredFile[]> {
	const rows = await queries.query<StoredFile>(
		`select ${fileColumns} from photo_files f join assets a on a.workspace_id = f.workspace_id and a.id = f.asset_id
		 where f.workspace_id = $1 and f.event_id = $2 and f.photo_id = $3 and f.kind = any($4)`,
		[ref.workspace, ref.event, ref.photo, kinds as string[]]
	);
	return rows.map((row) => ({ ...row, size: Number(row.size) }));
}

export async function findFile(
	queries: Queries,
	ref: PhotoRef,
	kind: FileKind
): Promise<StoredFile | null> {
	return (await findFiles(queries, ref, [kind]))[0] ?? null;
}

/** An asset that was made before, with the events whose photos show it. */
export interface KnownAsset {
	asset: string;
	events: string[];
}

export async function findAsset(
	queries: Queries,
	workspace: string,
	cacheKey: string
): Promise<KnownAsset | null> {
	const [row] = await queries.query<KnownAsset>(
		`select a.id as asset, array(
		 	select distinct f.event_id::text from photo_files f
		 	where f.workspace_id = $1 and f.asset_id = a.id limit 20) as events
		 from assets a where a.workspace_id = $1 and a.cache_key = $2`,
		[workspace, cacheKey]
	);
	return row ?? null;
}

export interface NewAsset {
	kind: FileKind;
	cacheKey: string;
	sha256: string;
	size: number;
	path: string;
	/** of several pieces */
	chunks: Uint8Array | null;
	/** null: the server */
	createdBy: string | null;
	/** the asset that it was made of, where that is known */
	source?: string;
}

/** @returns the asset with this key: the new one, or the one that somebody else stored first */
export async function insertAsset(
	queries: Queries,
	workspace: string,
	asset: NewAsset
): Promise<{ id: string; path: string }> {
	const values: Parameter[] = [
		workspace,
		asset.kind,
		asset.cacheKey,
		asset.sha256,
		asset.size,
		asset.path,
		asset.chunks,
		asset.createdBy,
		asset.source ?? null
	];
	const [made] = await queries.query<{ id: string; path: string }>(
		`insert into assets (workspace_id, kind, cache_key, sha256, size, path, chunks, created_by, source_asset_id)
		 values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		 on conflict (workspace_id, cache_key) do nothing returning id, path`,
		values
	);
	if (made) return made;
	const [found] = await queries.query<{ id: string; path: string }>(
		`select id, path from assets where workspace_id = $1 and cache_key = $2`,
		[workspace, asset.cacheKey]
	);
	return found!;
}

/**
 * Says that a photo's file of a kind is this asset. Derived files learn their source, whichever came first. Of equal work
 * the first stays; faces that were found later, or anew, take the place of those before.
 */
export async function linkFile(
	queries: Queries,
	ref: PhotoRef,
	file: { kind: FileKind; asset: string; faces: number | null; createdBy: string | null }
): Promise<void> {
	const before = file.kind === 'faces' ? await findFile(queries, ref, 'faces') : null;
	await queries.query(
		`insert into photo_files (workspace_id, event_id, photo_id, kind, asset_id, faces, created_by)
		 values ($1, $2, $3, $4, $5, $6, $7) on conflict (workspace_id, event_id, photo_id, kind)
		 do update set asset_id = excluded.asset_id, faces = excluded.faces where excluded.kind = 'faces'`,
		[ref.workspace, ref.event, ref.photo, file.kind, file.asset, file.faces, file.createdBy]
	);
	// the same photo of another event may have it
	if (before && before.asset !== file.asset)
		await queries.query(
			`delete from assets a where a.workspace_id = $1 and a.id = $2 and not exists (
			 	select 1 from photo_files f where f.workspace_id = $1 and f.asset_id = a.id)`,
			[ref.workspace, before.asset]
		);
	await queries.query(
		`update assets a set source_asset_id = o.asset_id
		 from photo_files f, photo_files o
		 where f.workspace_id = $1 and f.event_id = $2 and f.photo_id = $3 and f.kind <> 'original'
		 	and o.workspace_id = $1 and o.event_id = $2 and o.photo_id = $3 and o.kind = 'original'
		 	and a.workspace_id = $1 and a.id = f.asset_id and a.source_asset_id is null`,
		[ref.workspace, ref.event, ref.photo]
	);
}

/** Kinds that the server holds, and faces of the sidecar, for some photos of an event. */
export async function filesOfPhotos(
	queries: Queries,
	workspace: string,
	event: string,
	photos: string[]
): Promise<{ photo: string; kind: FileKind; faces: number | null }[]> {
	return queries.query(
		`select photo_id as photo, kind, faces from photo_files
		 where workspace_id = $1 and event_id = $2 and photo_id = any($3)`,
		[workspace, event, photos]
	);
}

/** Takes an asset out, with what refers to it. @returns the photos whose file it was */
export async function removeAsset(
	queries: Queries,
	workspace: string,
	asset: string
): Promise<{ event: string; photo: string }[]> {
	const photos = await queries.query<{ event: string; photo: string }>(
		`delete from photo_files where workspace_id = $1 and asset_id = $2
		 returning event_id as event, photo_id as photo`,
		[workspace, asset]
	);
	await queries.query(`delete from assets where workspace_id = $1 and id = $2`, [workspace, asset]);
	return photos;
}

/** Takes out the files of photos of an event, their faces, and what no other photo of the workspace uses. */
export async function removePhotoFiles(
	queries: Queries,
	workspace: string,
	event: string,
	photos: readonly string[]
): Promise<void> {
	const of = [workspace, event, photos as string[]];
	await queries.query(
		`delete from faces where workspace_id = $1 and event_id = $2 and photo_id = any($3)`,
		of
	);
	await queries.query(
		`delete from appearances where workspace_id = $1 and event_id = $2 and photo_id = any($3)`,
		of
	);
	await removeNext(queries, workspace, event, photos);
	const gone = await queries.query<{ id: string }>(
		`delete from photo_files where workspace_id = $1 and event_id = $2 and photo_id = any($3) returning asset_id as id`,
		of
	);
	await queries.query(
		`delete from assets a where a.workspace_id = $1 and a.id = any($2::uuid[]) and not exists (
		 	select 1 from photo_files f where f.workspace_id = $1 and f.asset_id = a.id)`,
		[workspace, gone.map(({ id }) => id)]
	);
	// what was made of them
	await queries.query(
		`delete from assets a where a.workspace_id = $1 and a.source_asset_id = any($2::uuid[])
		 	and not exists (select 1 from assets s where s.workspace_id = $1 and s.id = a.source_asset_id)
		 	and not exists (select 1 from photo_files f where f.workspace_id = $1 and f.asset_id = a.id)`,
		[workspace, gone.map(({ id }) => id)]
	);
}
