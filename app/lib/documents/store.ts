import { checksum } from '#sync/replica/checksum.ts';
import type { ReplicaRow, ReplicaState, ReplicaStore } from '#sync/replica/store.ts';
import type { DeviceDatabase, UpdateRow } from '../device/database.ts';

/** How long receipts are kept, for a server that is put back to a backup. */
const RECEIPTS_MS = 14 * 24 * 60 * 60 * 1000;

/** Documents in this device's database. */
export function replicaStore(
	database: DeviceDatabase
): ReplicaStore & { forget(document: string): Promise<void> } {
	const { replicas, updates, receipts, refused } = database;
	const change = (document: string, changes: Partial<ReplicaState> & { client?: number }) =>
		database.transaction('rw', replicas, async () => {
			const row = (await replicas.get(document)) ?? {
				document,
				saved: null,
				clients: [],
				waiting: 0,
				epoch: null,
				refusalsSeen: 0
			};
			const { client, isWaiting, ...state } = changes;
			Object.assign(row, state);
			if (isWaiting !== undefined) row.waiting = isWaiting ? 1 : 0;
			if (client !== undefined && !row.clients.includes(client)) row.clients.push(client);
			await replicas.put(row);
		});
	const stored = (document: string, { bytes, isOwn, receipt }: ReplicaRow) => ({
		document,
		bytes,
		isOwn: isOwn ? (1 as const) : (0 as const),
		receipt,
		checksum: checksum(bytes)
	});
	return {
		async load(document) {
			const [row, found] = await database.transaction('r', replicas, updates, () =>
				Promise.all([replicas.get(document), updates.where('document').equals(document).toArray()])
			);
			// rows from before there were checksums have none
			const isSound = (each: UpdateRow) =>
				each.checksum === undefined || each.checksum === checksum(each.bytes);
			const sound = found.filter(isSound);
			return {
				rows: sound.map(({ id, bytes, isOwn, receipt }) => ({
					id,
					bytes,
					isOwn: isOwn === 1,
					receipt: receipt ?? null
				})),
				saved: row?.saved ?? null,
				clients: row?.clients ?? [],
				epoch: row?.epoch ?? null,
				refusalsSeen: row?.refusalsSeen ?? 0,
				damaged: found.length - sound.length
			};
		},
		append: (document, rows) =>
			updates.bulkAdd(
				rows.map((row) => stored(document, row)),
				{ allKeys: true }
			),
		replace: (document, ids, rows) =>
			database.transaction('rw', updates, receipts, async () => {
				const at = Date.now();
				const folded = await updates.bulkGet(ids);
				await receipts.bulkAdd(
					folded.flatMap((row) =>
						row?.receipt ? [{ document, bytes: row.bytes, receipt: row.receipt, at }] : []
					)
				);
				await receipts
					.where('at')
					.below(at - RECEIPTS_MS)
					.delete();
				await updates.bulkDelete(ids);
				const made: number[] = [];
				for (const row of rows) made.push(await updates.add(stored(document, row)));
				return made;
			}),
		receipted: (document) => receipts.where('document').equals(document).toArray(),
		setState: (document, state) => change(document, state),
		addClient: (document, client) => change(document, { client }),
		addRefused: (document, notice) =>
			database.transaction('rw', refused, async () => {
				const known = await refused
					.where('[document+notice]')
					.equals([document, notice.id])
					.count();
				if (known > 0) return;
				await refused.add({
					document,
					notice: notice.id,
					at: Date.parse(notice.at),
					refusals: notice.refusals
				});
			}),
		/** Removes a document from this device, but not what was refused. */
		async forget(document) {
			await database.transaction('rw', replicas, updates, receipts, async () => {
				await replicas.delete(document);
				await updates.where('document').equals(document).delete();
				await receipts.where('document').equals(document).delete();
			});
		}
	};
}
