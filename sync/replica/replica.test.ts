import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { encodeClocks } from '../relay/protocol.ts';
import { Replica } from './replica.ts';
import { memoryStore } from '../../tests/support/replica-store.ts';

const state = (doc: Y.Doc) => encodeClocks(Y.decodeStateVector(Y.encodeStateVector(doc)));
const marks = (replica: Replica) => replica.doc.getMap('marks');
/** A wire that nobody listens to. */
const silent = { send: () => {}, end: () => {} };

describe('a replica', () => {
	it('counts what the server does not have, also after a restart, until the server says so', async () => {
		const { store, kept } = memoryStore();
		const first = await Replica.open('d', store);
		marks(first).set('a', 1);
		marks(first).set('b', 2);
		await first.settled();
		expect(first.waiting()).toBe(2);
		expect(kept.state.isWaiting).toBe(true);
		first.destroy();
		const again = await Replica.open('d', store);
		expect(marks(again).toJSON()).toEqual({ a: 1, b: 2 });
		expect(again.waiting()).toBe(2);
		marks(again).set('a', 3);
		expect(again.waiting()).toBe(3);
		again.hear({ kind: 'saved', stateVector: state(again.doc) });
		expect(again.waiting()).toBe(0);
		await again.settled();
		expect(kept.state.isWaiting).toBe(false);
	});

	it('does not count what others did, and keeps it', async () => {
		const { store, kept } = memoryStore();
		const replica = await Replica.open('d', store);
		const other = new Y.Doc();
		other.getMap('marks').set('a', 1);
		replica.hear({ kind: 'update', update: Y.encodeStateAsUpdate(other) });
		await replica.settled();
		expect(replica.waiting()).toBe(0);
		expect(kept.rows).toHaveLength(1);
		replica.hear({ kind: 'update', update: Y.encodeStateAsUpdate(other) });
		await replica.settled();
		expect(kept.rows).toHaveLength(1);
	});

	it('writes nothing down that does not stand on what it has, and asks for nothing twice', async () => {
		const { store, kept } = memoryStore();
		const other = new Y.Doc();
		other.getMap('marks').set('a', 1);
		const before = Y.encodeStateVector(other);
		other.getMap('marks').set('b', 2);
		const second = Y.encodeStateAsUpdate(other, before);
		const replica = await Replica.open('d', store);
		replica.connect(silent);
		replica.hear({ kind: 'hello', hello: { epoch: 'one', role: 'editor' } });
		// told before the answer that it is a part of
		replica.hear({ kind: 'receipted', update: second, receipt: Uint8Array.of(1) });
		expect(replica.isSynced).toBe(false);
		replica.hear({
			kind: 'state',
			update: Y.encodeStateAsUpdate(other),
			receipt: Uint8Array.of(2)
		});
		await replica.settled();
		expect(kept.rows).toHaveLength(1);
		const again = await Replica.open('d', store);
		expect([marks(again).toJSON(), again.damaged]).toEqual([{ a: 1, b: 2 }, 0]);
	});

	it('takes up what it made on top of something that its storage lost, once the server has given that back', async () => {
		const { store, kept } = memoryStore();
		const other = new Y.Doc();
		other.getMap('marks').set('a', 1);
		const first = await Replica.open('d', store);
		first.connect(silent);
		const hello = { kind: 'hello', hello: { epoch: 'one', role: 'editor' } } as const;
		const answer = {
			kind: 'state',
			update: Y.encodeStateAsUpdate(other),
			receipt: Uint8Array.of(1)
		} as const;
		first.hear(hello);
		first.hear(answer);
		marks(first).set('a', 2);
		await first.settled();
		kept.rows.shift();
		const again = await Replica.open('d', store);
		expect([marks(again).toJSON(), again.damaged]).toEqual([{}, 1]);
		const sent: number[] = [];
		again.connect({ send: (message) => sent.push(message.length), end: () => {} });
		again.hear(hello);
		again.hear({ kind: 'step1', stateVector: Y.encodeStateVector(other) });
		const asked = sent.length;
		again.hear(answer);
		expect([marks(again).toJSON(), again.damaged]).toEqual([{ a: 2 }, 0]);
		expect(again.waiting()).toBe(1);
		expect(sent.length).toBe(asked + 1);
	});

	it('keeps what a full device could not write, says so, and writes it when there is room', async () => {
		const { store, kept } = memoryStore();
		const replica = await Replica.open('d', store);
		kept.isFull = true;
		marks(replica).set('a', 1);
		await expect(replica.settled()).rejects.toThrow('full');
		expect(replica.failure()).toBeInstanceOf(DOMException);
		kept.isFull = false;
		marks(replica).set('b', 2);
		await replica.settled();
		expect(replica.failure()).toBeNull();
		const again = await Replica.open('d', store);
		expect(marks(again).toJSON()).toEqual({ a: 1, b: 2 });
	});

	it('folds what the server has into one row, and leaves what waits alone', async () => {
		const { store, kept } = memoryStore();
		const replica = await Replica.open('d', store);
		for (let i = 0; i < 450; i++) marks(replica).set('a', i);
		await replica.settled();
		expect(kept.rows).toHaveLength(450);
		replica.hear({ kind: 'saved', stateVector: state(replica.doc) });
		marks(replica).set('b', 1);
		await replica.settled();
		expect(kept.rows.length).toBeLessThan(5);
		const again = await Replica.open('d', store);
		expect(marks(again).toJSON()).toEqual({ a: 449, b: 1 });
		expect(again.waiting()).toBe(1);
	});

	it('folds a day of edits without a network, and loses none', async () => {
		const { store, kept } = memoryStore();
		const replica = await Replica.open('d', store);
		for (let i = 0; i < 2_000; i++) {
			marks(replica).set(`k${i % 50}`, i);
			if (i % 100 === 0) await replica.settled();
		}
		await replica.settled();
		expect(kept.rows.length).toBeLessThan(600);
		const again = await Replica.open('d', store);
		expect(marks(again).toJSON()).toEqual(marks(replica).toJSON());
		expect(again.waiting()).toBe(2_000);
		expect(again.damaged).toBe(0);
	});

	it('counts anew when the server says that its database was put back', async () => {
		const { store } = memoryStore();
		const replica = await Replica.open('d', store);
		replica.connect(silent);
		replica.hear({ kind: 'hello', hello: { epoch: 'one' } });
		marks(replica).set('a', 1);
		replica.hear({ kind: 'saved', stateVector: state(replica.doc) });
		expect(replica.waiting()).toBe(0);
		replica.hear({ kind: 'hello', hello: { epoch: 'one' } });
		expect(replica.waiting()).toBe(0);
		replica.hear({ kind: 'hello', hello: { epoch: 'two' } });
		expect(replica.waiting()).toBe(1);
	});

	it('makes what waits again under another client id when its own belongs to somebody else', async () => {
		const { store } = memoryStore();
		const replica = await Replica.open('d', store);
		marks(replica).set('a', 1);
		const before = replica.doc;
		let told: Y.Doc | null = null;
		replica.onReplaced((doc) => (told = doc));
		replica.renewClient();
		expect(told).toBe(replica.doc);
		expect(replica.doc).not.toBe(before);
		expect(replica.doc.clientID).not.toBe(before.clientID);
		expect(marks(replica).toJSON()).toEqual({ a: 1 });
		await replica.settled();
		const again = await Replica.open('d', store);
		expect(marks(again).toJSON()).toEqual({ a: 1 });
		expect(again.waiting()).toBe(1);
	});

	it('cuts what does not connect any more, and says so', async () => {
		const { store, kept } = memoryStore();
		const replica = await Replica.open('d', store);
		for (let i = 0; i < 3; i++) marks(replica).set(`k${i}`, i);
		await replica.settled();
		kept.rows.splice(1, 1);
		const again = await Replica.open('d', store);
		expect(marks(again).toJSON()).toEqual({ k0: 0 });
		expect(again.damaged).toBe(1);
		marks(again).set('k3', 3);
		await again.settled();
		expect(marks(await Replica.open('d', store)).toJSON()).toEqual({ k0: 0, k3: 3 });
	});
});
