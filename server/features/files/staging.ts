// Uploads in progress: what was offered, and which of its pieces the server has, staged or in files that are stored.
import { createHash } from 'node:crypto';
import { type Chunk, readManifest } from '#shared/files/manifest.ts';
import { UPLOAD_DAYS } from '#shared/files/upload.ts';
import type { Queries } from '../../database/database.ts';

/** Some bytes of a stored object. */
export interface Extent {
	path: string;
	/** in the object */
	offset: number;
	length: number;
}

/** What the server has of a piece: bytes from its start on, in one or more places. */
export interface Have {
	bytes: number;
	extents: Extent[];
}

export interface Upload {
	sha256: string;
	size: number;
	chunks: Chunk[];
}

const nothing: Have = { bytes: 0, extents: [] };
export const stagingFolder = (workspace: string): string => `uploads/${workspace}`;
/** The end of this transaction does not wait for the disk: what a power cut takes of it is sent again. */
const NOT_LASTING = `set_config('synchronous_commit', 'off', true)`;
const EXPIRES = `now() + interval '${UPLOAD_DAYS} days'`;

/** A piece is a sample when its hash begins with three zero bits; the smallest hash of a file is one too. */
export function samplesOf(chunks: readonly Chunk[]): bigint[] {
	if (chunks.length < 2) return [];
	let smallest = chunks[0]!.hash;
	const hashes = new Set<string>();
	for (const { hash } of chunks) {
		if (hash < smallest) smallest = hash;
		if (parseInt(hash[0]!, 16) < 2) hashes.add(hash);
	}
	hashes.add(smallest);
	return [...hashes].map((hash) => BigInt.asIntN(64, BigInt(`0x${hash.slice(0, 16)}`)));
}

export async function putSamples(
	queries: Queries,
	workspace: string,
	asset: string,
	chunks: readonly Chunk[]
): Promise<void> {
	const samples = samplesOf(chunks).map(String);
	if (samples.length === 0) return;
	await queries.query(
		`insert into chunk_samples (workspace_id, sample, asset_id)
		 select $1, sample::bigint, $3::uuid from unnest($2::text[]) sample on conflict do nothing`,
		[workspace, samples, asset]
	);
}

/** How many stored files are looked into for pieces of a new one. */
const MAX_BASES = 6;

/**
 * Pieces of a file that lie in files which are stored already.
 * @param event only files of this event count; null: all of the workspace
 */
async function storedPieces(
	queries: Queries,
	workspace: string,
	event: string | null,
	chunks: readonly Chunk[]
): Promise<Map<string, Extent>> {
	const samples = samplesOf(chunks).map(String);
	const found = new Map<string, Extent>();
	if (samples.length === 0) return found;
	const bases = await queries.query<{ path: string; chunks: Uint8Array }>(
		`select a.path, a.chunks from (
		 	select asset_id, count(*) as shared from chunk_samples
		 	where workspace_id = $1 and sample = any(array(select s::bigint from unnest($2::text[]) s))
		 	group by asset_id order by 2 desc, 1 limit ${MAX_BASES}
		 ) s join assets a on a.workspace_id = $1 and a.id = s.asset_id
		 where a.chunks is not null and ($3::text is null or exists (
		 	select 1 from photo_files f where f.workspace_id = $1 and f.asset_id = a.id and f.event_id::text = $3))
		 order by s.shared desc`,
		[workspace, samples, event]
	);
	const wanted = new Set(chunks.map(({ hash }) => hash));
	for (const base of bases) {
		let offset = 0;
		for (const { hash, length } of readManifest(base.chunks)) {
			if (wanted.has(hash) && !found.has(hash))
				found.set(hash, { path: base.path, offset, length });
			offset += length;
		}
	}
	return found;
}

/**
 * A file of several pieces that came in one request is staged as one piece: its hash is that of the list of its pieces,
 * which were all proven.
 */
export const wholeHash = (chunks: readonly Chunk[]): string =>
	createHash('sha256')
		.update(chunks.map(({ length, hash }) => `${length} ${hash}`).join('\n'))
		.digest('hex');

/** What the pieces of a file are staged as. */
export const stagedHashes = (chunks: readonly Chunk[]): string[] => [
	...chunks.map(({ hash }) => hash),
	wholeHash(chunks)
];

/** The pieces of a file that lies in one object. */
function piecesWithin(whole: Extent, chunks: readonly Chunk[]): Map<string, Have> {
	let { offset } = whole;
	return new Map(
		chunks.map(({ hash, length }) => {
			const extents = [{ path: whole.path, offset, length }];
			offset += length;
			return [hash, { bytes: length, extents }];
		})
	);
}

interface StagedRow {
	hash: string;
	start: number;
	length: number;
	object: string;
	object_offset: number;
}

/** Bytes that follow each other from the start of a piece on; rows may overlap, and are sorted by `start`. */
function coverageOf(workspace: string, rows: StagedRow[], length: number): Have {
	const have: Have = { bytes: 0, extents: [] };
	for (const row of rows) {
		if (row.start > have.bytes) break;
		const skipped = have.bytes - row.start;
		const taken = Math.min(row.start + row.length, length) - have.bytes;
		if (taken <= 0) continue;
		have.extents.push({
			path: `${stagingFolder(workspace)}/${row.object}`,
			offset: row.object_offset + skipped,
			length: taken
		});
		have.bytes += taken;
	}
	return have;
}

/**
 * What the server has of each piece, by hash.
 * @param isDistrusted stored files are left out: one of them was found damaged
 */
export async function findPieces(
	queries: Queries,
	place: { workspace: string; event: string | null },
	chunks: readonly Chunk[],
	isDistrusted = false
): Promise<(hash: string) => Have> {
	const { workspace } = place;
	const wanted = stagedHashes(chunks);
	const rows = await queries.query<StagedRow>(
		`select hash, start, length, object, object_offset from staged_chunks
		 where workspace_id = $1 and hash = any($2) order by hash, start`,
		[workspace, wanted]
	);
	const size = chunks.reduce((sum, { length }) => sum + length, 0);
	const whole = rows.filter(({ hash }) => hash === wanted.at(-1));
	const [extent] = coverageOf(workspace, whole, size).extents;
	if (extent?.length === size) {
		const within = piecesWithin(extent, chunks);
		return (hash) => within.get(hash) ?? nothing;
	}
	const stored = isDistrusted
		? new Map<string, Extent>()
		: await storedPieces(queries, workspace, place.event, chunks);
	const lengths = new Map(chunks.map(({ hash, length }) => [hash, length]));
	const staged = new Map<string, StagedRow[]>();
	for (const row of rows) staged.set(row.hash, [...(staged.get(row.hash) ?? []), row]);
	const have = new Map<string, Have>();
	for (const [hash, length] of lengths)
		have.set(hash, coverageOf(workspace, staged.get(hash) ?? [], length));
	for (const [hash, extent] of stored)
		if ((have.get(hash)?.bytes ?? 0) < extent.length)
			have.set(hash, { bytes: extent.length, extents: [extent] });
	return (hash) => have.get(hash) ?? nothing;
}

/** Pieces that are not there whole: number, and how many bytes are there. Equal pieces are named once. */
export function missingOf(
	chunks: readonly Chunk[],
	have: (hash: string) => Have
): [number, number][] {
	const named = new Set<string>();
	const missing: [number, number][] = [];
	for (const [index, { hash, length }] of chunks.entries()) {
		const { bytes } = have(hash);
		if (bytes === length || named.has(hash)) continue;
		named.add(hash);
		missing.push([index, bytes]);
	}
	return missing;
}

/** Notes an offer, or that it goes on. */
export async function keepUpload(
	queries: Queries,
	workspace: string,
	upload: Omit<Upload, 'chunks'> & { chunks: Uint8Array | null; person: string }
): Promise<void> {
	await queries.query(
		`insert into uploads (workspace_id, sha256, size, chunks, created_by, expires_at)
		 values ($1, $2, $3, $4, $5, ${EXPIRES})
		 on conflict (workspace_id, sha256) do update set expires_at = excluded.expires_at, chunks = excluded.chunks,
		 	size = excluded.size returning ${NOT_LASTING}`,
		[workspace, upload.sha256, upload.size, upload.chunks, upload.person]
	);
}

/** @param isLocked nobody else notes pieces of these, or finishes them, before this transaction ends */
export async function findUploads(
	queries: Queries,
	workspace: string,
	hashes: string[],
	isLocked = false
): Promise<Upload[]> {
	const rows = await queries.query<{ sha256: string; size: string; chunks: Uint8Array | null }>(
		`select sha256, size, chunks from uploads where workspace_id = $1 and sha256 = any($2)
		 order by sha256 ${isLocked ? 'for update' : ''}`,
		[workspace, hashes]
	);
	return rows.map(({ sha256, size, chunks }) => ({
		sha256,
		size: Number(size),
		chunks: chunks ? readManifest(chunks) : [{ length: Number(size), hash: sha256 }]
	}));
}

export interface StagedPiece {
	hash: string;
	start: number;
	length: number;
	/** where in the object */
	offset: number;
}

/**
 * @returns objects of which something was replaced, or not needed; others may still refer to them
 * @see unreferenced
 */
export async function insertStaged(
	queries: Queries,
	workspace: string,
	object: string,
	pieces: readonly StagedPiece[]
): Promise<string[]> {
	if (pieces.length === 0) return [object];
	const values = [
		workspace,
		object,
		pieces.map(({ hash }) => hash),
		pieces.map(({ start }) => start),
		pieces.map(({ length }) => length),
		pieces.map(({ offset }) => offset)
	];
	const given = `unnest($3::text[], $4::int[], $5::int[], $6::int[]) as p (hash, start, length, at)`;
	const fresh = await queries.query(
		`insert into staged_chunks (workspace_id, hash, start, length, object, object_offset, expires_at)
		 select $1, p.hash, p.start, p.length, $2, p.at, ${EXPIRES} from ${given}
		 on conflict do nothing returning ${NOT_LASTING}`,
		values
	);
	// the usual case: nobody else brought any of it
	if (fresh.length === pieces.length) return [];
	// a statement of its own sees what the first one had to wait for
	const replaced = await queries.query<{ object: string }>(
		`with old as (
		 	select s.* from staged_chunks s join ${given} using (hash, start)
		 	where s.workspace_id = $1 and s.length < p.length for update of s
		 ) update staged_chunks s set length = p.length, object = $2, object_offset = p.at, expires_at = ${EXPIRES}
		 from ${given} join old using (hash, start)
		 where s.workspace_id = $1 and s.hash = p.hash and s.start = p.start
		 returning old.object`,
		values
	);
	return [...new Set([...replaced.map((row) => row.object), object])];
}

/**
 * Forgets pieces.
 * @returns objects that they lay in
 * @see unreferenced
 */
export async function forgetStaged(
	queries: Queries,
	workspace: string,
	hashes: string[]
): Promise<string[]> {
	if (hashes.length === 0) return [];
	const gone = await queries.query<{ object: string }>(
		`delete from staged_chunks where workspace_id = $1 and hash = any($2) returning object`,
		[workspace, hashes]
	);
	return [...new Set(gone.map(({ object }) => object))];
}

/**
 * Asked in a transaction after the one that forgot: of two that forget different pieces of one object at the same time,
 * each would see the other's still there. The rows of an object are written once and together, so that none can follow.
 * @returns which of these objects nothing refers to any more
 */
export async function unreferenced(
	queries: Queries,
	workspace: string,
	objects: string[]
): Promise<string[]> {
	if (objects.length === 0) return [];
	const kept = await queries.query<{ object: string }>(
		`select distinct object from staged_chunks where workspace_id = $1 and object = any($2)`,
		[workspace, objects]
	);
	const names = new Set(kept.map(({ object }) => object));
	return objects.filter((object) => !names.has(object));
}

export async function forgetUpload(
	queries: Queries,
	workspace: string,
	sha256: string
): Promise<void> {
	await queries.query(`delete from uploads where workspace_id = $1 and sha256 = $2`, [
		workspace,
		sha256
	]);
}

/** Pieces stay as long as somebody goes on with a file that has them. */
export async function prolong(
	queries: Queries,
	workspace: string,
	hashes: string[]
): Promise<void> {
	await queries.query(
		`update staged_chunks set expires_at = ${EXPIRES}
		 where workspace_id = $1 and hash = any($2) and expires_at < now() + interval '${UPLOAD_DAYS - 1} days'`,
		[workspace, hashes]
	);
}

/**
 * Forgets what nobody went on with.
 * @returns objects that it lay in
 * @see unreferenced
 */
export async function forgetExpired(queries: Queries, workspace: string): Promise<string[]> {
	await queries.query(`delete from uploads where workspace_id = $1 and expires_at < now()`, [
		workspace
	]);
	const gone = await queries.query<{ object: string }>(
		`delete from staged_chunks where workspace_id = $1 and expires_at < now() returning object`,
		[workspace]
	);
	return [...new Set(gone.map(({ object }) => object))];
}

/** Objects that staged pieces lie in. */
export async function listStaged(queries: Queries, workspace: string): Promise<string[]> {
	const rows = await queries.query<{ object: string }>(
		`select distinct object from staged_chunks where workspace_id = $1`,
		[workspace]
	);
	return rows.map(({ object }) => object);
}
