// What of a document is on this device only, key by key.
import * as Y from 'yjs';
import { decodeClocks } from '../relay/protocol.ts';
import type { StoredReplica } from './store.ts';

export interface WaitingChange {
	root: string;
	key: string;
	/** what this device set; null: cleared */
	value: unknown;
}

/**
 * Keys of a document whose value these client ids set after some clocks.
 * @param roots names of the document's root maps
 */
export function changesSince(
	doc: Y.Doc,
	own: ReadonlySet<number>,
	saved: ReadonlyMap<number, number>,
	roots: Iterable<string>
): WaitingChange[] {
	const changes: WaitingChange[] = [];
	for (const root of roots) {
		const map = doc.getMap(root);
		for (const [key, item] of map._map) {
			const { client, clock } = item.id;
			if (item.deleted || !own.has(client) || clock < (saved.get(client) ?? 0)) continue;
			changes.push({ root, key, value: map.get(key) ?? null });
		}
	}
	return changes;
}

/** Root map and key that a struct is about, as far as the document still knows. */
export function placeOf(
	doc: Y.Doc,
	client: number,
	clock: number
): { root: string; key: string } | null {
	if (clock >= Y.getState(doc.store, client)) return null;
	const group = doc.store.clients.get(client)!;
	const item = group[Y.findIndexSS(group, clock)];
	if (!(item instanceof Y.Item) || item.parentSub === null) return null;
	for (const [root, type] of doc.share)
		if (type === item.parent) return { root, key: item.parentSub };
	return null;
}

/** @returns keys whose value this device set and the server does not have durably */
export function waitingChanges(stored: StoredReplica, roots: readonly string[]): WaitingChange[] {
	const doc = new Y.Doc();
	doc.transact(() => {
		for (const { bytes } of stored.rows) Y.applyUpdate(doc, bytes);
	});
	const saved = stored.saved ? (decodeClocks(stored.saved) ?? new Map()) : new Map();
	const changes = changesSince(doc, new Set(stored.clients), saved, roots);
	doc.destroy();
	return changes;
}
