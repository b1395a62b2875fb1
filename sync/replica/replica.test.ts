import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { type ReplicaStore, openReplica, remoteOrigin } from './replica.ts';

function memoryStore() {
	const state = {
		updates: [] as Uint8Array[],
		saved: null as Uint8Array | null,
		clients: [] as number[],
		waiting: false,
		isFull: false
	};
	const store: ReplicaStore = {
		load: () =>
			Promise.resolve({
				updates: [...state.updates],
				saved: state.saved,
				clients: [...state.clients]
			}),
		append: (_, update) => {
			if (state.isFull) return Promise.reject(new DOMException('full', 'QuotaExceededError'));
			state.updates.push(update);
			return Promise.resolve();
		},
		compact: (_, update) => {
			state.updates = [update];
			return Promise.resolve();
		},
		setSaved: (_, stateVector) => {
			state.saved = stateVector;
			return Promise.resolve();
		},
		addClient: (_, client) => {
			state.clients.push(client);
			return Promise.resolve();
		},
		setWaiting: (_, isWaiting) => {
			state.waiting = isWaiting;
			return Promise.resolve();
		},
		addRefused: () => Promise.resolve()
	};
	return { store, state };
}

describe('a replica', () => {
	it('counts what the server does not have, also after a restart, until the server says so', async () => {
		const { store, state } = memoryStore();
		const first = await openReplica('d', store);
		first.doc.getMap('marks').set('a', 1);
		first.doc.getMap('marks').set('b', 2);
		await first.settled();
		expect(first.waiting()).toBe(2);
		expect(state.waiting).toBe(true);
		first.destroy();

		const again = await openReplica('d', store);
		expect(again.doc.getMap('marks').toJSON()).toEqual({ a: 1, b: 2 });
		expect(again.waiting()).toBe(2);
		again.doc.getMap('marks').set('a', 3);
		expect(again.waiting()).toBe(3);
		again.saved(Y.encodeStateVector(again.doc));
		expect(again.waiting()).toBe(0);
		await again.settled();
		expect(state.waiting).toBe(false);
	});

	it('does not count what others did', async () => {
		const { store } = memoryStore();
		const replica = await openReplica('d', store);
		const other = new Y.Doc();
		other.getMap('marks').set('a', 1);
		Y.applyUpdate(replica.doc, Y.encodeStateAsUpdate(other), 'network');
		await replica.settled();
		expect(replica.waiting()).toBe(0);
		expect((await store.load('d')).updates).toHaveLength(1);
	});

	it('keeps what a full device could not write, says so, and writes it when there is room', async () => {
		const { store, state } = memoryStore();
		const replica = await openReplica('d', store);
		state.isFull = true;
		replica.doc.getMap('marks').set('a', 1);
		await expect(replica.settled()).rejects.toThrow('full');
		expect(replica.failure()).toBeInstanceOf(DOMException);
		state.isFull = false;
		replica.doc.getMap('marks').set('b', 2);
		await replica.settled();
		expect(replica.failure()).toBeNull();
		const again = await openReplica('d', store);
		expect(again.doc.getMap('marks').toJSON()).toEqual({ a: 1, b: 2 });
	});

	it('folds many updates into one', async () => {
		const { store, state } = memoryStore();
		const replica = await openReplica('d', store);
		for (let i = 0; i < 450; i++) {
			replica.doc.getMap('marks').set('a', i);
			await replica.settled();
		}
		expect(state.updates.length).toBeLessThan(100);
		const again = await openReplica('d', store);
		expect(again.doc.getMap('marks').get('a')).toBe(449);
	});

	it('writes nothing for what it loaded', async () => {
		const { store, state } = memoryStore();
		const replica = await openReplica('d', store);
		const other = new Y.Doc();
		other.getMap('marks').set('a', 1);
		Y.applyUpdate(replica.doc, Y.encodeStateAsUpdate(other), remoteOrigin);
		await replica.settled();
		expect(state.updates).toHaveLength(0);
	});
});
