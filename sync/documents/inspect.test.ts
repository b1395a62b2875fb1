import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { inspect, rootNames, withoutRefused } from './inspect.ts';
import { type Struct, type Update, UpdateError, readUpdate, writeUpdate } from './update.ts';

const ROOTS = ['photos', 'marks'];

function serverDoc(): Y.Doc {
	const doc = new Y.Doc();
	for (const root of ROOTS) doc.getMap(root);
	return doc;
}
const inspected = (doc: Y.Doc, update: Uint8Array | Update) =>
	inspect(doc, update instanceof Uint8Array ? readUpdate(update) : update, rootNames(doc));
const clone = (doc: Y.Doc): Y.Doc => {
	const copy = serverDoc();
	Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
	return copy;
};
const value = (client: number, clock: number, given: Partial<Struct> = {}): Struct =>
	({
		kind: 'item',
		client,
		clock,
		length: 1,
		origin: null,
		root: 'marks',
		key: 'k',
		value: 1,
		...given
	}) as Struct;
const update = (
	structs: Record<number, Struct[]>,
	deletes: [number, number, number][] = []
): Update => ({
	structs: new Map(Object.entries(structs).map(([client, list]) => [Number(client), list])),
	deletes: new Map(deletes.map(([client, clock, length]) => [client, [{ clock, length }]]))
});

describe('inspecting an update before it is applied', () => {
	it('predicts exactly the keys that change, whatever people do', () => {
		const action = fc.record({
			person: fc.nat(2),
			root: fc.constantFrom(...ROOTS),
			key: fc.constantFrom('k', 'l', 'm', 'n'),
			kind: fc.constantFrom('set', 'set', 'set', 'delete', 'sync')
		});
		fc.assert(
			fc.property(fc.array(action, { minLength: 1, maxLength: 40 }), (actions) => {
				const server = serverDoc();
				const people = [1, 2, 3].map((clientID) => Object.assign(serverDoc(), { clientID }));
				const push = (doc: Y.Doc) => {
					const bytes = Y.encodeStateAsUpdate(doc, Y.encodeStateVector(server));
					const before = clone(server);
					const inspection = inspected(server, bytes);
					expect(inspection.lost).toEqual([]);
					Y.applyUpdate(server, writeUpdate(withoutRefused(inspection, [])));
					expect(server.store.pendingStructs).toBeNull();
					expect(server.store.pendingDs).toBeNull();
					const predicted = new Set(inspection.changes.map(({ root, key }) => `${root}/${key}`));
					for (const root of ROOTS)
						for (const key of new Set([
							...before.getMap(root).keys(),
							...server.getMap(root).keys()
						]))
							if (before.getMap(root).get(key) !== server.getMap(root).get(key))
								expect(predicted).toContain(`${root}/${key}`);
				};
				let n = 0;
				for (const { person, root, key, kind } of actions) {
					const doc = people[person]!;
					if (kind === 'set') doc.getMap(root).set(key, ++n);
					else if (kind === 'delete') doc.getMap(root).delete(key);
					else {
						push(doc);
						Y.applyUpdate(doc, Y.encodeStateAsUpdate(server));
					}
				}
				for (const doc of people) push(doc);
				for (const doc of people) {
					Y.applyUpdate(doc, Y.encodeStateAsUpdate(server));
					for (const root of ROOTS)
						expect(doc.getMap(root).toJSON()).toEqual(server.getMap(root).toJSON());
				}
			}),
			{ numRuns: 400 }
		);
	});

	it('says whether a key is created, updated or deleted', () => {
		const server = serverDoc();
		const person = serverDoc();
		person.getMap('marks').set('k', 1);
		const first = inspected(server, Y.encodeStateAsUpdate(person));
		expect(first.changes).toMatchObject([
			{ root: 'marks', key: 'k', values: [1], exists: false, deletes: false }
		]);
		Y.applyUpdate(server, Y.encodeStateAsUpdate(person));
		person.getMap('marks').set('k', 2);
		const second = inspected(server, Y.encodeStateAsUpdate(person));
		expect(second.changes).toMatchObject([{ key: 'k', values: [2], exists: true, deletes: false }]);
		Y.applyUpdate(server, Y.encodeStateAsUpdate(person));
		person.getMap('marks').delete('k');
		const third = inspected(server, Y.encodeStateAsUpdate(person));
		expect(third.changes).toMatchObject([{ key: 'k', deletes: true }]);
	});

	it('replaces what was refused so that the rest, and the next edit, stand', () => {
		const server = serverDoc();
		const person = serverDoc();
		person.transact(() => {
			person.getMap('marks').set('good', 1);
			person.getMap('marks').set('bad', 1);
			person.getMap('marks').set('fine', 1);
		});
		const inspection = inspected(server, Y.encodeStateAsUpdate(person));
		const refused = inspection.changes.filter(({ key }) => key === 'bad');
		Y.applyUpdate(server, writeUpdate(withoutRefused(inspection, refused)));
		expect(server.getMap('marks').toJSON()).toEqual({ good: 1, fine: 1 });
		const before = Y.encodeStateVector(server);
		person.getMap('marks').set('next', 2);
		const next = inspected(server, Y.encodeStateAsUpdate(person, before));
		Y.applyUpdate(server, writeUpdate(withoutRefused(next, [])));
		expect(server.getMap('marks').toJSON()).toEqual({ good: 1, fine: 1, next: 2 });
		const fresh = clone(server);
		expect(fresh.getMap('marks').toJSON()).toEqual(server.getMap('marks').toJSON());
	});

	it('keeps the value of a key whose overwriting was refused', () => {
		const server = serverDoc();
		const person = serverDoc();
		person.getMap('marks').set('k', 'old');
		Y.applyUpdate(server, Y.encodeStateAsUpdate(person));
		person.getMap('marks').set('k', 'new');
		const inspection = inspected(server, Y.encodeStateAsUpdate(person));
		Y.applyUpdate(server, writeUpdate(withoutRefused(inspection, inspection.changes)));
		expect(server.getMap('marks').get('k')).toBe('old');
	});

	it('calls an edit lost whose predecessor was refused', () => {
		const server = serverDoc();
		const person = serverDoc();
		person.getMap('marks').set('bad', 1);
		const first = inspected(server, Y.encodeStateAsUpdate(person));
		Y.applyUpdate(server, writeUpdate(withoutRefused(first, first.changes)));
		const before = Y.encodeStateVector(server);
		person.getMap('marks').set('bad', 2);
		expect(inspected(server, Y.encodeStateAsUpdate(person, before)).lost).toHaveLength(1);
	});
});

describe('attacks', () => {
	it.each<[string, Update]>([
		['a gap', update({ 7: [value(7, 3)] })],
		[
			'an origin that is nowhere',
			update({ 7: [value(7, 0, { origin: { client: 8, clock: 0 } })] })
		],
		['an origin that is itself', update({ 7: [value(7, 0, { origin: { client: 7, clock: 0 } })] })],
		[
			'an origin in its own future',
			update({ 7: [value(7, 0, { origin: { client: 7, clock: 1 } }), value(7, 1)] })
		],
		[
			'origins in a circle',
			update({
				7: [value(7, 0, { origin: { client: 8, clock: 0 } })],
				8: [value(8, 0, { origin: { client: 7, clock: 0 } })]
			})
		],
		[
			'a circle through the order of clocks',
			update({
				7: [value(7, 0, { origin: { client: 8, clock: 1 } })],
				8: [value(8, 0, { origin: { client: 7, clock: 0 } }), value(8, 1)]
			})
		],
		['a deletion of what does not exist yet', update({}, [[9, 0, 5]])],
		['a deletion beyond what comes with it', update({ 9: [value(9, 0)] }, [[9, 0, 5]])]
	])('refuses %s', (_, attack) => {
		expect(() => inspected(serverDoc(), attack)).toThrow(UpdateError);
	});

	it('refuses a flood of orphans, which Yjs would keep pending at quadratic cost', () => {
		const orphans = Array.from({ length: 4_000 }, (_, i): [number, Struct[]] => [
			i + 1,
			[value(i + 1, 0, { origin: { client: 1_000_000 + i, clock: 0 } })]
		]);
		expect(() => inspected(serverDoc(), { structs: new Map(orphans), deletes: new Map() })).toThrow(
			/gap/
		);
	});

	it('costs what its size is, however often it names one thing', () => {
		const server = serverDoc();
		const PHOTOS = 20_000;
		server.transact(() => {
			for (let i = 0; i < PHOTOS; i++) server.getMap('photos').set(`${i}`, i);
		});
		const { clientID } = server;
		const many = <Item>(count: number, of: (at: number) => Item) =>
			Array.from({ length: count }, (_, at) => of(at));
		// each with all of the document, the last ones first
		const everything = writeUpdate({
			structs: new Map(),
			deletes: new Map([
				[
					clientID,
					many(100_000, (at) => ({ clock: PHOTOS - 1 - (at % PHOTOS), length: 1 + (at % PHOTOS) }))
				]
			])
		});
		const all = inspected(server, everything);
		expect(all.changes.length).toBe(PHOTOS);
		expect([...withoutRefused(all, all.changes).deletes]).toEqual([[clientID, []]]);
		const half = all.changes.filter(({ key }) => Number(key) % 2 === 0);
		const rest = withoutRefused(all, half).deletes.get(clientID)!;
		expect(rest.length).toBe(PHOTOS / 2);
		expect(rest.slice(0, 2)).toEqual([
			{ clock: 1, length: 1 },
			{ clock: 3, length: 1 }
		]);
		// values that it takes away itself, of one key and of many, with holes between
		const COUNT = 100_000;
		const taken = update({
			7: many(COUNT, (clock) => {
				if (clock % 2 === 0) return value(7, clock, { key: `${clock}` } as never);
				if (clock === 1) return value(7, clock, { key: 'one' } as never);
				const origin = { client: 7, clock: clock - 2 };
				return value(7, clock, { origin, root: null, key: null } as never);
			})
		});
		taken.deletes.set(
			7,
			many(COUNT / 4, (at) => ({ clock: at * 4, length: 2 }))
		);
		const { changes } = inspected(server, readUpdate(writeUpdate(taken)));
		expect(changes.length).toBe(COUNT / 2 + 1);
		expect(changes.filter(({ deletes }) => deletes).length).toBe(COUNT / 4);
	});

	it('refuses values whose order Yjs would take long to find', () => {
		const server = serverDoc();
		const LONG = 5_000;
		for (let i = 0; i < LONG; i++) server.getMap('marks').set('k', i);
		const { clientID } = server;
		const all = (count: number, of: (at: number) => Partial<Struct>) =>
			update({ 7: Array.from({ length: count }, (_, at) => value(7, at, of(at))) });
		const after = (client: number, clock: number) => ({
			origin: { client, clock },
			root: null,
			key: null
		});
		const own = (at: number) => (at === 0 ? {} : after(7, at - 1));
		const refused = (given: Update) => {
			expect(() => inspected(server, given)).toThrow(UpdateError);
			expect(() => inspected(server, given)).toThrow('do not know of each other');
		};
		// none knows of another one; each continues another old value; each continues another one of this update
		refused(all(2_000, () => ({ key: 'new' })));
		refused(all(LONG, (at) => after(clientID, at)));
		refused(all(LONG, (at) => (at < LONG / 2 ? own(at) : after(7, at - LONG / 2))));
		// somebody who was away, and many who were
		expect(inspected(server, all(LONG, own)).changes.length).toBe(1);
		const many = Object.fromEntries(
			Array.from({ length: 200 }, (_, at) => [at, [value(at, 0, after(clientID, 0))]])
		);
		expect(inspected(server, update(many)).clients.length).toBe(200);
	});

	it('reads the key of a cut struct where Yjs would put it', () => {
		const server = serverDoc();
		Y.applyUpdate(
			server,
			writeUpdate(
				update({
					7: [
						value(7, 0, { key: 'mine', value: undefined, length: 2 } as never),
						value(7, 2, { key: 'mine' })
					]
				})
			)
		);
		// claims to begin before what is known, under another key
		const attack = update({
			7: [
				value(7, 2, { key: 'other' }),
				value(7, 3, { key: 'mine', origin: { client: 7, clock: 2 }, root: null })
			]
		});
		expect(inspected(server, attack).changes.map(({ key }) => key)).toEqual(['mine']);
	});
});
