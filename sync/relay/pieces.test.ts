import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as Y from 'yjs';
import { nextPiece } from './pieces.ts';

const keys = ['a/rating', 'b/rating', 'c/caption'];

/** Replicas that write, delete and hear of each other in some order. */
const histories = fc.array(
	fc.tuple(fc.nat(2), fc.constantFrom(...keys), fc.option(fc.nat(5)), fc.nat(2)),
	{ maxLength: 60 }
);

type Step = [who: number, key: string, value: number | null, from: number];

function play(steps: Step[]) {
	const docs = [3, 1, 2].map((client) => {
		const doc = new Y.Doc();
		doc.clientID = client;
		return doc;
	});
	const at: Y.Doc[] = [];
	for (const [who, key, value, from] of steps) {
		const doc = docs[who]!;
		if (value === null) doc.getMap('marks').delete(key);
		else doc.getMap('marks').set(key, value);
		if (from !== who) Y.applyUpdate(doc, Y.encodeStateAsUpdate(docs[from]!));
		const copy = new Y.Doc();
		Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
		at.push(copy);
	}
	const server = new Y.Doc();
	for (const doc of docs) Y.applyUpdate(server, Y.encodeStateAsUpdate(doc));
	return { server, at };
}

it('gives anybody the whole document, in pieces of which each stands on those before it', () => {
	fc.assert(
		fc.property(histories, fc.integer({ min: 1, max: 7 }), fc.nat(), (steps, most, which) => {
			const { server, at } = play(steps);
			const device = at.length > 0 ? at[which % at.length]! : new Y.Doc();
			let has = Y.decodeStateVector(Y.encodeStateVector(device));
			for (let isLast = false; !isLast;) {
				const piece = nextPiece(server, has, most);
				expect(piece.clients.length > 0 || piece.isLast).toBe(true);
				Y.applyUpdate(device, piece.update);
				expect(device.store.pendingStructs).toBeNull();
				expect(device.store.pendingDs).toBeNull();
				({ has, isLast } = piece);
			}
			expect(device.getMap('marks').toJSON()).toEqual(server.getMap('marks').toJSON());
			expect(Y.encodeStateVector(device)).toEqual(Y.encodeStateVector(server));
		}),
		{ numRuns: 500 }
	);
});

it('says little to somebody who was away for a moment, however often values were overwritten before', () => {
	const server = new Y.Doc();
	const device = new Y.Doc();
	const people = [new Y.Doc(), new Y.Doc()];
	const tell = (from: Y.Doc) => {
		for (const to of [server, device, ...people])
			if (to !== from) Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)));
	};
	// in turns, so that what was overwritten lies in many pieces
	for (let i = 0; i < 2_000; i++) {
		const doc = people[i % 2]!;
		doc.getMap('marks').set(keys[i % 3]!, i);
		Y.applyUpdate(people[(i + 1) % 2]!, Y.encodeStateAsUpdate(doc));
	}
	tell(people[0]!);
	const has = Y.decodeStateVector(Y.encodeStateVector(device));
	people[0]!.getMap('marks').set(keys[0]!, 'last');
	people[0]!.getMap('marks').delete(keys[1]!);
	Y.applyUpdate(server, Y.encodeStateAsUpdate(people[0]!));
	const { update } = nextPiece(server, has);
	expect(update.length).toBeLessThan(100);
	Y.applyUpdate(device, update);
	expect(device.getMap('marks').toJSON()).toEqual(server.getMap('marks').toJSON());
	expect(device.getMap('marks').has(keys[1]!)).toBe(false);
});
