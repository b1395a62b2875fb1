import * as Y from 'yjs';
import type { Item, Struct } from './update.ts';

/**
 * Whether structs say something else than a document under the same client ids and clocks. State vectors cannot tell:
 * somebody may have said one thing here and another thing there. What is deleted on either side has no content to compare.
 * @param structs contiguous per client, sorted
 */
export function differs(doc: Y.Doc, structs: Map<number, Struct[]>): boolean {
	for (const [client, group] of structs) {
		const known = Y.getState(doc.store, client);
		const stored = doc.store.clients.get(client);
		if (!stored || known === 0) continue;
		for (const struct of group) {
			if (struct.clock >= known) break;
			if (isOther(doc, stored, struct)) return true;
		}
	}
	return false;
}

function isOther(doc: Y.Doc, stored: (Y.Item | Y.GC)[], struct: Struct): boolean {
	const end = struct.clock + struct.length;
	for (let i = Y.findIndexSS(stored, struct.clock); i < stored.length; i++) {
		const mine = stored[i]!;
		if (mine.id.clock >= end) return false;
		// what was refused is empty on one side only: it may have overwritten something on the other
		const isEmpty = !(mine instanceof Y.Item);
		if (isEmpty !== (struct.kind === 'gc')) return true;
		if (struct.kind === 'item' && struct.value !== undefined && !isSame(doc, mine, struct))
			return true;
	}
	return false;
}

function isSame(doc: Y.Doc, mine: Y.Item | Y.GC, theirs: Item): boolean {
	if (!(mine instanceof Y.Item)) return false;
	if (mine.deleted) return true;
	if (theirs.origin) {
		if (
			!mine.origin ||
			!Y.compareIDs(mine.origin, Y.createID(theirs.origin.client, theirs.origin.clock))
		)
			return false;
	} else if (
		mine.origin ||
		mine.parentSub !== theirs.key ||
		mine.parent !== doc.share.get(theirs.root ?? '')
	)
		return false;
	const [value] = mine.content.getContent() as unknown[];
	return JSON.stringify(value) === JSON.stringify(theirs.value);
}
