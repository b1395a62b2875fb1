import type { ReplicaRow, ReplicaState, ReplicaStore } from '../../sync/replica/store.ts';

/** A device's storage in memory, and what is in it. */
export function memoryStore() {
	const kept = {
		rows: [] as (ReplicaRow & { id: number })[],
		state: { saved: null, epoch: null, refusalsSeen: 0, isWaiting: false } as ReplicaState,
		clients: [] as number[],
		receipts: [] as { bytes: Uint8Array; receipt: Uint8Array }[],
		refused: [] as unknown[],
		/** from now on nothing can be written */
		isFull: false
	};
	let next = 1;
	const write = <T>(run: () => T) =>
		kept.isFull
			? Promise.reject(new DOMException('full', 'QuotaExceededError'))
			: Promise.resolve(run());
	const add = (row: ReplicaRow) => {
		kept.rows.push({ bytes: row.bytes, isOwn: row.isOwn, receipt: row.receipt, id: next });
		return next++;
	};
	const store: ReplicaStore = {
		load: () =>
			Promise.resolve({
				...kept.state,
				rows: [...kept.rows],
				clients: [...kept.clients],
				damaged: 0
			}),
		append: (_, rows) => write(() => rows.map(add)),
		replace: (_, ids, rows) =>
			write(() => {
				for (const { id, bytes, receipt } of kept.rows)
					if (receipt && ids.includes(id)) kept.receipts.push({ bytes, receipt });
				kept.rows = kept.rows.filter(({ id }) => !ids.includes(id));
				return rows.map(add);
			}),
		receipted: () => Promise.resolve(kept.receipts),
		setState: (_, state) => write(() => void Object.assign(kept.state, state)),
		addClient: (_, client) => write(() => void kept.clients.push(client)),
		addRefused: (_, notice) => write(() => void kept.refused.push(notice))
	};
	return { store, kept };
}
