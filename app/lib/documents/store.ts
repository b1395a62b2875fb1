import type { ReplicaStore } from '#sync/replica/replica.ts';
import type { DeviceDatabase } from '../device/database.ts';

/** Documents in this device's database. */
export function replicaStore(
	database: DeviceDatabase
): ReplicaStore & { forget(document: string): Promise<void> } {
	const { replicas, updates, refused } = database;
	/** Rows that this tab has read or written: other tabs' rows are not its to fold together. */
	const known = new Map<string, number[]>();
	const rowsOf = (document: string) => {
		let rows = known.get(document);
		if (!rows) known.set(document, (rows = []));
		return rows;
	};
	const change = (
		document: string,
		changes: { saved?: Uint8Array; client?: number; waiting?: 0 | 1 }
	) =>
		database.transaction('rw', replicas, async () => {
			const row = (await replicas.get(document)) ?? {
				document,
				saved: null,
				clients: [],
				waiting: 0
			};
			if (changes.saved) row.saved = changes.saved;
			if (changes.waiting !== undefined) row.waiting = changes.waiting;
			if (changes.client !== undefined && !row.clients.includes(changes.client))
				row.clients.push(changes.client);
			await replicas.put(row);
		});
	return {
		async load(document) {
			const [row, stored] = await database.transaction('r', replicas, updates, () =>
				Promise.all([replicas.get(document), updates.where('document').equals(document).toArray()])
			);
			known.set(
				document,
				stored.map(({ id }) => id)
			);
			return {
				updates: stored.map(({ bytes }) => bytes),
				saved: row?.saved ?? null,
				clients: row?.clients ?? []
			};
		},
		async append(document, bytes) {
			rowsOf(document).push(await updates.add({ document, bytes }));
		},
		async compact(document, state) {
			const rows = rowsOf(document);
			await database.transaction('rw', updates, async () => {
				const id = await updates.add({ document, bytes: state });
				await updates.bulkDelete(rows.splice(0, rows.length, id));
			});
		},
		setSaved: (document, saved) => change(document, { saved }),
		addClient: (document, client) => change(document, { client }),
		setWaiting: (document, isWaiting) => change(document, { waiting: isWaiting ? 1 : 0 }),
		/** Removes a document from this device, but not what was refused. */
		async forget(document) {
			known.delete(document);
			await database.transaction('rw', replicas, updates, async () => {
				await replicas.delete(document);
				await updates.where('document').equals(document).delete();
			});
		},
		async addRefused(document, refusals) {
			await refused.add({ document, at: Date.now(), refusals });
		}
	};
}
