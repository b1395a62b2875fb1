import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { UpdateError, readUpdate, writeUpdate } from './update.ts';

const json = fc
	.jsonValue({ maxDepth: 3 })
	.filter((value) => !JSON.stringify(value).includes('__proto__'));
const edits = fc.array(
	fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('k', 'l', 'm'), json),
	{
		minLength: 1,
		maxLength: 30
	}
);

/** A document edited by three people who hear of each other now and then. */
function edited(list: [string, string, unknown][]): Y.Doc {
	const docs = [1, 2, 3].map((clientID) => Object.assign(new Y.Doc(), { clientID }));
	for (const [i, [root, key, value]] of list.entries()) {
		const doc = docs[i % 3]!;
		if (i % 5 === 4) doc.getMap(root).delete(key);
		else doc.getMap(root).set(key, value);
		if (i % 4 === 0) Y.applyUpdate(docs[(i + 1) % 3]!, Y.encodeStateAsUpdate(doc));
	}
	for (const other of docs) Y.applyUpdate(docs[0]!, Y.encodeStateAsUpdate(other));
	return docs[0]!;
}

const contentOf = (doc: Y.Doc) =>
	Object.fromEntries(['a', 'b', 'c'].map((root) => [root, doc.getMap(root).toJSON()]));

describe('reading and writing updates', () => {
	it('writes what Yjs reads as the same document', () => {
		fc.assert(
			fc.property(edits, (list) => {
				const doc = edited(list as [string, string, unknown][]);
				const copy = new Y.Doc();
				Y.applyUpdate(copy, writeUpdate(readUpdate(Y.encodeStateAsUpdate(doc))));
				expect(contentOf(copy)).toEqual(contentOf(doc));
				expect(copy.store.pendingStructs).toBeNull();
			}),
			{ numRuns: 300 }
		);
	});

	it('answers any bytes with an update or an UpdateError, and never hangs', () => {
		const base = Y.encodeStateAsUpdate(
			edited([
				['a', 'k', 1],
				['b', 'l', { x: [1, 'two', null] }],
				['a', 'k', 'new']
			])
		);
		fc.assert(
			fc.property(
				fc.uint8Array({ maxLength: 60 }),
				fc.nat(base.length - 1),
				fc.nat(255),
				(random, at, byte) => {
					const mutated = base.slice();
					mutated[at] = byte;
					for (const bytes of [random, mutated, base.slice(0, at)]) {
						try {
							readUpdate(bytes);
						} catch (error) {
							expect(error).toBeInstanceOf(UpdateError);
						}
					}
				}
			),
			{ numRuns: 20_000 }
		);
	});

	it.each([
		['a GC struct of 2^50', [1, 1, 5, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02, 0]],
		['a group that says a million structs', [1, 0xc0, 0x84, 0x3d, 5, 0, 0]],
		['a skipped range', [1, 1, 5, 0, 10, 3, 0]],
		['a text of four gigabytes', [1, 1, 5, 0, 0x28, 1, 0xff, 0xff, 0xff, 0xff, 0x0f]],
		[
			'the payload of yjs issue 687',
			[1, 0x0b, 0xc7, 0xcc, 0xbc, 0xac, 0x0c, 0, 1, 0xff, 0xff, 0xff, 0x7f, 0, 0]
		]
	])('refuses %s', (_, bytes) => {
		expect(() => readUpdate(Uint8Array.from(bytes))).toThrow(UpdateError);
	});

	it('refuses nested types, lists, text and binary', () => {
		const makers: ((doc: Y.Doc) => void)[] = [
			(doc) => doc.getMap('a').set('k', new Y.Map()),
			(doc) => doc.getArray('a').push([1]),
			(doc) => doc.getText('a').insert(0, 'text'),
			(doc) => doc.getMap('a').set('k', new Uint8Array([1, 2]))
		];
		for (const make of makers) {
			const doc = new Y.Doc();
			make(doc);
			expect(() => readUpdate(Y.encodeStateAsUpdate(doc))).toThrow(/type|malformed/);
		}
	});
});
