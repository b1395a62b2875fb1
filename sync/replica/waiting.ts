// What of a document is on this device only, key by key.
import * as Y from 'yjs';
import type { StoredReplica } from './replica.ts';

export interface WaitingChange {
	root: string;
	key: string;
	/** what this device set; null: cleared */
	value: unknown;
}

/**
 * @param roots names of the document's root maps
 * @returns keys whose value this device set and the server does not have durably
 */
export function waitingChanges(stored: StoredReplica, roots: readonly string[]): WaitingChange[] {
	const doc = new Y.Doc();
	doc.transact(() => {
		for (const update of stored.updates) Y.applyUpdate(doc, update);
	});
	const saved = stored.saved ? Y.decodeStateVector(stored.saved) : new Map<number, number>();
	const mine = new Set(stored.clients);
	const changes: WaitingChange[] = [];
	for (const root of roots) {
		const map = doc.getMap(root);
		for (const [key, item] of map._map) {
			const { client, clock } = item.id;
			if (item.deleted || !mine.has(client) || clock < (saved.get(client) ?? 0)) continue;
			changes.push({ root, key, value: map.get(key) ?? null });
		}
	}
	doc.destroy();
	return changes;
}
