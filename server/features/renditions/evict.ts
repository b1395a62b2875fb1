import type { Database } from '../../database/database.ts';
import type { Storage } from '../../storage/storage.ts';
import { removeFiles } from '../files/removed.ts';
import { removeAsset } from '../files/store.ts';
import type { MarkStored } from '../files/stored-marks.ts';
import { storedBytes } from '../usage/store.ts';
import { listEvictable, listExpiredAssets } from './store.ts';

/** Share of its storage at which a workspace gives up what can be made again, and the share down to which it does. */
const HIGH = 0.9;
const LOW = 0.8;
/** The disk is low with less than both free: a share of it, and bytes. */
const DISK = { share: 0.05, bytes: 10e9 };

const AT_ONCE = 200;

export interface EvictPorts {
	database: Database;
	storage: Storage;
	markStored: MarkStored;
}

async function remove(
	{ database, markStored }: EvictPorts,
	workspace: string,
	asset: string
): Promise<void> {
	const photos = await database.tenant(workspace, (queries) =>
		removeAsset(queries, workspace, asset)
	);
	await Promise.all(photos.map(({ event, photo }) => markStored(workspace, event, photo)));
}

/**
 * Gives up what the server made and can make again, the longest unused first. Originals, and what devices made, stay.
 * @returns bytes that are free now
 */
export async function evict(ports: EvictPorts, workspace: string, bytes: number): Promise<number> {
	let freed = 0;
	while (freed < bytes) {
		const rows = await ports.database.tenant(workspace, (queries) =>
			listEvictable(queries, workspace, AT_ONCE)
		);
		if (rows.length === 0) break;
		for (const { id, size } of rows) {
			if (freed >= bytes) break;
			await remove(ports, workspace, id);
			freed += size;
		}
	}
	if (freed > 0) await removeFiles(ports.database, ports.storage, workspace);
	return freed;
}

/** Room on the disk that files lie on; null: it has no end that we know of. */
export type ReadDisk = () => Promise<{ free: number; total: number } | null>;

/** Removes what has expired, and makes room in workspaces that near their limit, and on a disk that fills. */
export async function sweepCaches(
	ports: EvictPorts,
	readDisk: ReadDisk,
	report: (error: unknown) => void
): Promise<void> {
	const { database, storage } = ports;
	const workspaces = await database.query<{ id: string; quota: string | null }>(
		`select id, quota_bytes as quota from workspaces where status in ('active', 'archived')`
	);
	const disk = await readDisk();
	const wanted = disk && Math.min(disk.total * DISK.share, DISK.bytes);
	let missing = disk && wanted ? Math.max(0, wanted - disk.free) : 0;
	for (const { id, quota } of workspaces)
		try {
			const expired = await database.tenant(id, (queries) => listExpiredAssets(queries, id));
			for (const { id: asset } of expired) await remove(ports, id, asset);
			if (expired.length > 0) await removeFiles(database, storage, id);
			const used = await database.tenant(id, (queries) => storedBytes(queries, id));
			const limit = quota === null ? Infinity : Number(quota);
			const over = used > limit * HIGH ? used - limit * LOW : 0;
			const freed = await evict(ports, id, Math.max(over, missing));
			missing = Math.max(0, missing - freed);
		} catch (error) {
			// one studio's trouble is not the others'
			report(error);
		}
}
