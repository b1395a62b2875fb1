// What of a document somebody's device made itself, as an update that says nothing in the name of others.
import * as Y from 'yjs';
import {
	type DeleteRange,
	type Struct,
	type Update,
	readUpdate,
	writeUpdate
} from '../documents/update.ts';
import { encodeClocks } from '../relay/protocol.ts';

/** Clocks of a document's clients. */
export const clocksOf = (doc: Y.Doc): Map<number, number> =>
	new Map([...doc.store.clients.keys()].map((client) => [client, Y.getState(doc.store, client)]));

/** Clocks after an update. */
export const endsOf = (update: Uint8Array): Map<number, number> => Y.parseUpdateMeta(update).to;

/** How many structs' clocks an update has. */
export function countOf(update: Uint8Array): number {
	const { from, to } = Y.parseUpdateMeta(update);
	let count = 0;
	for (const [client, clock] of to) count += clock - (from.get(client) ?? 0);
	return count;
}

/** Whether some clocks go as far as others. */
export const covers = (
	clocks: ReadonlyMap<number, number>,
	ends: ReadonlyMap<number, number>
): boolean => [...ends].every(([client, clock]) => clock <= (clocks.get(client) ?? 0));

/**
 * The structs of some client ids that somebody with these clocks lacks, with the deletions that they themselves made: of
 * what they overwrote.
 * @returns null when there is nothing
 */
export function ownSince(
	doc: Y.Doc,
	own: ReadonlySet<number>,
	has: ReadonlyMap<number, number>
): Uint8Array | null {
	const all = clocksOf(doc);
	const lacks = [...all].filter(
		([client, clock]) => own.has(client) && clock > (has.get(client) ?? 0)
	);
	if (lacks.length === 0) return null;
	const asked = new Map(all);
	for (const [client] of lacks) asked.set(client, has.get(client) ?? 0);
	const { structs } = readUpdate(Y.encodeStateAsUpdate(doc, encodeClocks(asked)));
	const update: Update = { structs: new Map(), deletes: new Map() };
	const overwritten = new Map<number, DeleteRange[]>();
	for (const [client] of lacks) {
		const group: Struct[] = structs.get(client) ?? [];
		update.structs.set(client, group);
		for (const struct of group) {
			if (struct.kind === 'gc' || !struct.origin) continue;
			const ranges = overwritten.get(struct.origin.client) ?? [];
			ranges.push({ clock: struct.origin.clock, length: 1 });
			overwritten.set(struct.origin.client, ranges);
		}
	}
	for (const [client, ranges] of overwritten) {
		ranges.sort((a, b) => a.clock - b.clock);
		update.deletes.set(
			client,
			ranges.filter(({ clock }, at) => clock !== ranges[at - 1]?.clock)
		);
	}
	return writeUpdate(update);
}
