// Rows of a replica's storage, and the document that they make.
import * as Y from 'yjs';
import { type Update, readUpdate } from '../documents/update.ts';
import { covers } from './own.ts';
import type { ReplicaRow } from './store.ts';

/** Marks transactions whose update came from storage or network and is not an edit of this tab. */
export const remoteOrigin = Symbol('remote');

export interface Row extends ReplicaRow {
	/** number in storage; null: not written yet */
	id: number | null;
	ends: Map<number, number>;
}

export const isWhole = (doc: Y.Doc) => !doc.store.pendingStructs && !doc.store.pendingDs;

/** Applies rows at once. */
export function apply(doc: Y.Doc, rows: Row[]): void {
	doc.transact(() => {
		for (const { bytes } of rows) Y.applyUpdate(doc, bytes, remoteOrigin);
	}, remoteOrigin);
}

/**
 * Applies rows as far as they connect; Yjs must not wait for the rest. The server's words come first: where it has another
 * version of an own edit, because that was refused, its version counts.
 * @returns the rows that the document is made of
 */
export function applyWhole(doc: Y.Doc, rows: Row[], isTrusted = (row: Row) => !row.isOwn): Row[] {
	apply(doc, rows.filter(isTrusted));
	let left = rows.filter((row) => !isTrusted(row));
	doc.transact(() => {
		for (let before = -1; left.length !== before;) {
			before = left.length;
			left = left.filter((row) => {
				// what does not connect must not even delete; other tabs may have stored theirs in another order
				if (covers(clocksAt(doc, row.ends.keys()), row.ends) || !connects(doc, row)) return true;
				Y.applyUpdate(doc, row.bytes, remoteOrigin);
				return false;
			});
		}
	}, remoteOrigin);
	if (!isWhole(doc)) {
		doc.store.pendingStructs = null;
		doc.store.pendingDs = null;
	}
	return rows.filter(
		(row) => !left.includes(row) && covers(clocksAt(doc, row.ends.keys()), row.ends)
	);
}

/** Whether a document, or the update itself, has everything that its structs continue. */
export function fits(doc: Y.Doc, structs: Update['structs']): boolean {
	const endOf = (client: number) => {
		const last = structs.get(client)?.at(-1);
		return last ? last.clock + last.length : 0;
	};
	const has = (client: number, clock: number) =>
		clock < Math.max(Y.getState(doc.store, client), endOf(client));
	return [...structs.values()].every(
		(group) =>
			group[0]!.clock <= Y.getState(doc.store, group[0]!.client) &&
			group.every(
				(struct) =>
					struct.kind === 'gc' || !struct.origin || has(struct.origin.client, struct.origin.clock)
			)
	);
}

/** Whether a row can be applied whole. */
export const connects = (doc: Y.Doc, { bytes }: Row): boolean =>
	fits(doc, readUpdate(bytes).structs);

const clocksAt = (doc: Y.Doc, clients: Iterable<number>): Map<number, number> =>
	new Map([...clients].map((client) => [client, Y.getState(doc.store, client)]));
