import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { inspect, rootNames } from './inspect.ts';
import { inspectSingle, readSingle, writeSingle } from './single.ts';
import { type Update, UpdateError, readUpdate, writeUpdate } from './update.ts';

const ROOTS = ['photos', 'marks'];

function serverDoc(): Y.Doc {
	const doc = new Y.Doc();
	for (const root of ROOTS) doc.getMap(root);
	return doc;
}

/** The only struct and deletion of an update, as the tables say it. */
const onlyOf = ({ structs, deletes }: Update) => {
	const [removed] = deletes;
	return {
		struct: [...structs.values()][0]![0],
		removes: removed ? { client: removed[0], clock: removed[1][0]!.clock } : null
	};
};

/** What reading says, or which fault it finds. */
const attempt = <T>(read: () => T): T | string => {
	try {
		return read();
	} catch (error) {
		if (error instanceof UpdateError) return error.fault;
		throw error;
	}
};

describe('an update that sets one key', () => {
	it('is read, written and inspected as every other one is, whatever people do', () => {
		const action = fc.record({
			person: fc.nat(2),
			root: fc.constantFrom(...ROOTS),
			key: fc.constantFrom('k', 'l', 'm'),
			value: fc.jsonValue({ maxDepth: 2 }),
			kind: fc.constantFrom('set', 'set', 'set', 'set', 'delete', 'behind')
		});
		let singles = 0;
		fc.assert(
			fc.property(fc.array(action, { minLength: 1, maxLength: 30 }), (actions) => {
				const server = serverDoc();
				const names = rootNames(server);
				const people = [1, 2, 3].map((clientID) => Object.assign(serverDoc(), { clientID }));
				for (const { person, root, key, value, kind } of actions) {
					const doc = people[person]!;
					// whoever is behind writes over what others have replaced
					if (kind !== 'behind') Y.applyUpdate(doc, Y.encodeStateAsUpdate(server));
					let bytes: Uint8Array | null = null;
					doc.once('update', (made: Uint8Array) => (bytes = made));
					if (kind === 'delete') doc.getMap(root).delete(key);
					else doc.getMap(root).set(key, value);
					if (!bytes) continue;
					const update = readUpdate(bytes);
					const single = readSingle(bytes);
					if (single) {
						expect(single).toEqual(onlyOf(update));
						expect(writeSingle(single)).toEqual(writeUpdate(update));
						const change = inspectSingle(server, single, names);
						if (change) {
							singles++;
							const { changes, lost, clients } = inspect(server, update, names);
							expect([changes, lost, clients]).toEqual([[change], [], [doc.clientID]]);
						}
					}
					expect(single !== null).toBe(kind !== 'delete');
					Y.applyUpdate(server, bytes);
				}
			})
		);
		expect(singles).toBeGreaterThan(200);
	});

	it('is taken for nothing that the whole reader does not find, however its bytes are damaged', () => {
		const doc = new Y.Doc();
		const updates: Uint8Array[] = [];
		doc.on('update', (made: Uint8Array) => updates.push(made));
		for (const value of [1, 'text', { a: [true, null, 1.5] }, 2])
			doc.getMap('marks').set('k', value);
		const damage = fc.record({
			which: fc.nat(updates.length - 1),
			at: fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.nat(3))), { maxLength: 3 }),
			end: fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, fc.array(fc.nat(255))),
			cut: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3)
		});
		let read = 0;
		fc.assert(
			fc.property(damage, ({ which, at, end, cut }) => {
				const bytes = Uint8Array.of(...updates[which]!.subarray(0, -cut || undefined), ...end);
				for (const [place, byte] of at) bytes[place % bytes.length] = byte;
				const single = attempt(() => readSingle(bytes));
				if (single === null) return;
				const whole = attempt(() => readUpdate(bytes));
				if (typeof single === 'string') {
					expect(whole).toBe(single);
					return;
				}
				read++;
				expect(single).toEqual(onlyOf(whole as Update));
				expect(writeSingle(single)).toEqual(writeUpdate(whole as Update));
			}),
			{ numRuns: 5_000 }
		);
		expect(read).toBeGreaterThan(500);
	});

	it('is left to the whole inspection where it does not simply go on from what is here', () => {
		const server = serverDoc();
		const names = rootNames(server);
		const author = Object.assign(serverDoc(), { clientID: 7 });
		const updates: Uint8Array[] = [];
		author.on('update', (made: Uint8Array) => updates.push(made));
		author.getMap('marks').set('k', 1);
		author.getMap('marks').set('k', 2);
		author.getMap('others').set('k', 2);
		const look = (at: number) => inspectSingle(server, readSingle(updates[at]!)!, names);
		expect(look(1)).toBeNull(); // its clock and what it continues are not here
		expect(look(0)).toMatchObject({ root: 'marks', key: 'k', exists: false, targets: [] });
		Y.applyUpdate(server, updates[0]!);
		expect(look(0)).toBeNull(); // it is known
		expect(look(1)).toMatchObject({ root: 'marks', key: 'k', values: [2], exists: true });
		Y.applyUpdate(server, updates[1]!);
		expect(look(2)).toBeNull(); // no such root
		const stranger = serverDoc();
		let continued: Uint8Array | null = null;
		Y.applyUpdate(stranger, updates[0]!);
		stranger.once('update', (made: Uint8Array) => (continued = made));
		stranger.getMap('marks').set('k', 3);
		// what it continues was replaced: it takes nothing away that is still there
		expect(inspectSingle(server, readSingle(continued!)!, names)).toMatchObject({
			key: 'k',
			exists: true,
			targets: []
		});
	});
});
