// What somebody lacks of a document, in pieces of which each stands on those before it: a device on a bad network keeps
// what has arrived and asks for the rest. Format: yjs/src/utils/encoding.js, V1.
import * as encoding from 'lib0/encoding';
import * as Y from 'yjs';

export interface Piece {
	/** an update of format V1 */
	update: Uint8Array;
	/** clients of which it has structs */
	clients: number[];
	/** clocks that somebody has after it */
	has: Map<number, number>;
	isLast: boolean;
}

interface Run {
	/** of the first struct, in the document */
	index: number;
	/** where it begins: inside of the first struct, when a part of that is known */
	clock: number;
	structs: (Y.Item | Y.GC)[];
}

const structsOf = (doc: Y.Doc, client: number) =>
	doc.store.clients.get(client) as (Y.Item | Y.GC)[] | undefined;

/** Takes structs in an order in which each only continues what is known by then. */
function pick(doc: Y.Doc, has: Map<number, number>, most: number): Map<number, Run> {
	const runs = new Map<number, Run>();
	const knows = ({ client, clock }: Y.ID) => clock < (has.get(client) ?? 0);
	let count = 0;
	for (const start of doc.store.clients.keys()) {
		const stack = [start];
		while (stack.length > 0 && count < most) {
			const client = stack.at(-1)!;
			const structs = structsOf(doc, client)!;
			const clock = has.get(client) ?? 0;
			if (clock >= Y.getState(doc.store, client)) {
				stack.pop();
				continue;
			}
			let run = runs.get(client);
			if (!run) {
				run = { index: Y.findIndexSS(structs, clock), clock, structs: [] };
				runs.set(client, run);
			}
			for (let at = run.index + run.structs.length; ; at++) {
				const struct = structs[at];
				if (!struct || count >= most) break;
				const needs =
					struct instanceof Y.Item
						? [struct.origin, struct.rightOrigin].find((id) => id && !knows(id))
						: null;
				if (needs && needs.client !== client) {
					stack.push(needs.client);
					break;
				}
				run.structs.push(struct);
				has.set(client, struct.id.clock + struct.length);
				count++;
			}
		}
	}
	for (const [client, { structs }] of runs) if (structs.length === 0) runs.delete(client);
	return runs;
}

/**
 * @param before clocks that somebody has
 * @param most structs of one piece
 */
export function nextPiece(doc: Y.Doc, before: ReadonlyMap<number, number>, most = Infinity): Piece {
	const has = new Map(before);
	const runs = pick(doc, has, most);
	const isLast = [...doc.store.clients.keys()].every(
		(client) => (has.get(client) ?? 0) >= Y.getState(doc.store, client)
	);
	const e = new Y.UpdateEncoderV1();
	encoding.writeVarUint(e.restEncoder, runs.size);
	for (const [client, { clock, structs }] of runs) {
		encoding.writeVarUint(e.restEncoder, structs.length);
		e.writeClient(client);
		encoding.writeVarUint(e.restEncoder, clock);
		for (const struct of structs) struct.write(e, Math.max(0, clock - struct.id.clock));
	}
	writeDeletes(e, doc, isLast ? before : new Map());
	return { update: e.toUint8Array(), clients: [...runs.keys()], has, isLast };
}

/**
 * Structs say themselves that they were deleted; only those that somebody has already must hear of it. A value with a later
 * one on its key needs no word: whoever gets the later one deletes what is left of it (yjs/src/structs/Item.js, integrate).
 * What remains are keys that were deleted without a new value.
 */
function writeDeletes(e: Y.UpdateEncoderV1, doc: Y.Doc, known: ReadonlyMap<number, number>): void {
	const sets: [client: number, ranges: { clock: number; length: number }[]][] = [];
	for (const [client, end] of known) {
		const ranges: { clock: number; length: number }[] = [];
		for (const struct of structsOf(doc, client) ?? []) {
			const { clock } = struct.id;
			if (clock >= end) break;
			const isTold = struct instanceof Y.Item && struct.right !== null;
			if (!struct.deleted || isTold) continue;
			const last = ranges.at(-1);
			if (last && last.clock + last.length === clock) last.length += struct.length;
			else ranges.push({ clock, length: struct.length });
		}
		if (ranges.length > 0) sets.push([client, ranges]);
	}
	encoding.writeVarUint(e.restEncoder, sets.length);
	for (const [client, ranges] of sets) {
		encoding.writeVarUint(e.restEncoder, client);
		encoding.writeVarUint(e.restEncoder, ranges.length);
		for (const { clock, length } of ranges) {
			encoding.writeVarUint(e.restEncoder, clock);
			encoding.writeVarUint(e.restEncoder, length);
		}
	}
}
