// The most usual update by far: one key is set, by one struct that goes on from what the document has. It is read, inspected
// and written without the tables that larger updates need; whatever is not quite so is left to those.
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import * as Y from 'yjs';
import { encoded } from './encoded.ts';
import type { KeyChange } from './inspect.ts';
import {
	type Id,
	type Item,
	type Json,
	isAtEnd,
	limits,
	readStruct,
	readUint,
	writeStruct
} from './update.ts';

/** An update that sets one key. */
export interface Single {
	struct: Item & { value: Json };
	/** the value that it takes away: the one that it continues */
	removes: Id | null;
}

/** @returns null for all other updates, malformed ones too. @throws UpdateError as `readUpdate` does */
export function readSingle(bytes: Uint8Array): Single | null {
	if (bytes.length > limits.bytes) return null;
	const d = decoding.createDecoder(bytes);
	if (readUint(d) !== 1 || readUint(d) !== 1) return null;
	const client = readUint(d);
	const clock = readUint(d);
	if (client > limits.client || clock >= limits.clock) return null;
	const struct = readStruct(d, client, clock, { nodes: 0 });
	if (struct.kind === 'gc' || struct.value === undefined) return null;
	const removals = readUint(d);
	let removes: Id | null = null;
	if (removals > 0) {
		const from = readUint(d);
		if (removals > 1 || readUint(d) !== 1) return null;
		removes = { client: from, clock: readUint(d) };
		const { origin } = struct;
		const isOrigin = origin?.client === from && origin.clock === removes.clock;
		if (!isOrigin || readUint(d) !== 1) return null;
	}
	return isAtEnd(d) ? { struct: struct as Single['struct'], removes } : null;
}

/** @returns the same as `writeUpdate` gives. */
export const writeSingle = ({ struct, removes }: Single): Uint8Array =>
	encoded((e) => {
		encoding.writeVarUint(e, 1);
		encoding.writeVarUint(e, 1);
		encoding.writeVarUint(e, struct.client);
		encoding.writeVarUint(e, struct.clock);
		writeStruct(e, struct);
		encoding.writeVarUint(e, removes ? 1 : 0);
		if (!removes) return;
		encoding.writeVarUint(e, removes.client);
		encoding.writeVarUint(e, 1);
		encoding.writeVarUint(e, removes.clock);
		encoding.writeVarUint(e, 1);
	});

/**
 * @param doc the document as the server has it, with all declared root maps made
 * @param names `rootNames(doc)`
 * @returns what it does to its key, as `inspect` finds it; null where that must look: it does not go on from what is here
 */
export function inspectSingle(
	doc: Y.Doc,
	{ struct, removes }: Single,
	names: Map<unknown, string>
): KeyChange | null {
	const { store } = doc;
	if (struct.clock !== Y.getState(store, struct.client)) return null;
	let { root, key } = struct;
	let before: Y.AbstractStruct | undefined;
	if (struct.origin) {
		const { client, clock } = struct.origin;
		if (clock >= Y.getState(store, client)) return null;
		const structs = store.clients.get(client)!;
		before = structs[Y.findIndexSS(structs, clock)];
		if (!(before instanceof Y.Item)) return null;
		root = names.get(before.parent) ?? null;
		key = before.parentSub;
	}
	if (root === null || key === null || !doc.share.has(root)) return null;
	// what is not deleted of a key is what the key has
	const current = before instanceof Y.Item && !before.deleted ? before : null;
	return {
		root,
		key,
		values: [struct.value],
		deletes: false,
		exists: current !== null || doc.getMap(root).has(key),
		structs: [struct],
		targets: removes && current ? [current] : []
	};
}
