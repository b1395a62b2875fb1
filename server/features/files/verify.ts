// Compares what the database says of stored files with what the storage has, both ways.
import { createHash } from 'node:crypto';
import type { Database } from '../../database/database.ts';
import type { Storage } from '../../storage/storage.ts';
import { removeAsset } from './store.ts';
import type { MarkStored } from './stored-marks.ts';

/** A file without a row may belong to a commit that is under way: only after so long it is a stray, ms. */
const STRAY_MS = 24 * 60 * 60 * 1000;

/**
 * lost: a row whose file is not there; cut: of another size; damaged: of other content; stray: a file that no row names.
 */
export type Fault = 'lost' | 'cut' | 'damaged' | 'stray';

export interface Difference {
	workspace: string;
	path: string;
	fault: Fault;
	/** null: a stray has none */
	asset: string | null;
}

export interface Verified {
	files: number;
	bytes: number;
	differences: Difference[];
}

interface Row {
	id: string;
	path: string;
	sha256: string;
	size: number;
}

/**
 * @param isDeep reads every file and compares its SHA-256, too
 */
export async function verifyStorage(
	database: Database,
	storage: Storage,
	{ isDeep = false, now = Date.now }: { isDeep?: boolean; now?: () => number } = {}
): Promise<Verified> {
	const verified: Verified = { files: 0, bytes: 0, differences: [] };
	const found = (workspace: string, path: string, fault: Fault, asset: string | null = null) =>
		verified.differences.push({ workspace, path, fault, asset });
	const hashOf = async (path: string): Promise<string> => {
		const digest = createHash('sha256');
		const file = await storage.get(path);
		for await (const bytes of file?.stream ?? []) digest.update(bytes);
		return digest.digest('hex');
	};
	const rowsOf = (workspace: string, path?: string) =>
		database.tenant(workspace, async (queries) => {
			const rows = await queries.query<Row>(
				`select id, path, sha256, size from assets where workspace_id = $1 and ($2::text is null or path = $2)`,
				[workspace, path ?? null]
			);
			return rows.map((row) => ({ ...row, size: Number(row.size) }));
		});

	const workspaces = await database.query<{ id: string }>(`select id from workspaces order by id`);
	for (const { id } of workspaces) {
		const rows = new Map((await rowsOf(id)).map((row) => [row.path, row]));
		for await (const { path, size, modifiedAt } of storage.walk(`files/${id}`)) {
			// entered since the rows were read, perhaps
			const row = rows.get(path) ?? (await rowsOf(id, path))[0];
			rows.delete(path);
			if (!row) {
				if (modifiedAt < now() - STRAY_MS) found(id, path, 'stray');
				continue;
			}
			verified.files++;
			verified.bytes += size;
			if (size !== row.size) found(id, path, 'cut', row.id);
			else if (isDeep && (await hashOf(path)) !== row.sha256) found(id, path, 'damaged', row.id);
		}
		for (const { path, id: asset } of rows.values()) {
			// removed since the rows were read, or moved
			const [row] = await rowsOf(id, path);
			if (row && !(await exists(storage, path))) found(id, path, 'lost', asset);
		}
	}
	return verified;
}

async function exists(storage: Storage, path: string): Promise<boolean> {
	const file = await storage.get(path, { start: 0, end: 0 });
	await file?.stream.cancel();
	return file !== null;
}

/**
 * Removes strays, and says of files that are not what they should be that the server has not got them: devices that have
 * them send them again.
 */
export async function repairStorage(
	database: Database,
	storage: Storage,
	markStored: MarkStored,
	differences: readonly Difference[]
): Promise<void> {
	for (const { workspace, path, asset } of differences) {
		const photos = await database.tenant(workspace, async (queries) => {
			if (asset) return removeAsset(queries, workspace, asset);
			const named = await queries.query(
				`select 1 from assets where workspace_id = $1 and path = $2`,
				[workspace, path]
			);
			return named.length > 0 ? null : [];
		});
		if (photos === null) continue;
		await storage.remove(path);
		await Promise.all(photos.map(({ event, photo }) => markStored(workspace, event, photo)));
	}
}
