import * as Y from 'yjs';
import { countOf, covers, endsOf } from './own.ts';
import { type Row, applyWhole } from './rows.ts';
import type { ReplicaStore } from './store.ts';
import { Writer } from './writer.ts';

/** Rows in storage after which those that the server has are written again as one. */
const COMPACT_AFTER = 400;

/** What storage has of one document, or soon has: the rows that it is made of. */
export class Kept {
	readonly writer: Writer;
	/** in the order of storage */
	rows: Row[];
	/** own edits on their way to storage */
	unkept = 0;

	/**
	 * @param onStored called after each write
	 * @param onOwn called with an own edit that a tab which opens now finds in storage
	 */
	constructor(
		private readonly document: string,
		private readonly store: ReplicaStore,
		rows: Row[],
		onStored: () => void,
		private readonly onOwn: (bytes: Uint8Array) => void
	) {
		this.rows = rows;
		this.writer = new Writer(document, store, onStored);
	}

	/** @param saved clocks that the server has durably @param doc the document with it */
	add(
		bytes: Uint8Array,
		{ isOwn, receipt }: Pick<Row, 'isOwn' | 'receipt'>,
		saved: ReadonlyMap<number, number>,
		doc: Y.Doc
	): void {
		const row: Row = { id: null, bytes, isOwn, receipt, ends: endsOf(bytes) };
		this.rows.push(row);
		this.#write(row);
		if (this.rows.length > COMPACT_AFTER) this.#compact(saved, doc);
	}

	/** Rows that storage has already, or another tab keeps there. */
	take(rows: Row[]): void {
		this.rows.push(...rows);
	}

	/** Puts other rows in the place of all. @returns removes those that are gone: last, so that at no moment an edit is nowhere */
	replace(rows: Row[]): () => void {
		const old = this.rows;
		this.rows = rows;
		for (const row of rows) if (!old.includes(row)) this.#write(row);
		return () => this.remove(old.filter((row) => !this.rows.includes(row)));
	}

	remove(rows: Row[]): void {
		this.writer.add(async () => {
			const ids = rows.flatMap(({ id }) => id ?? []);
			if (ids.length > 0) await this.store.replace(this.document, ids, []);
		});
	}

	#write(row: Row): void {
		const { bytes, isOwn } = row;
		let count = isOwn ? countOf(bytes) : 0;
		this.unkept += count;
		const settle = () => {
			this.unkept -= count;
			count = 0;
		};
		this.writer.addRow({
			// it may have been folded into another one, or have gone, meanwhile
			take: () => {
				if (this.rows.includes(row)) return row;
				settle();
				return null;
			},
			stored: (id) => {
				row.id = id;
				settle();
				if (isOwn) this.onOwn(bytes);
			}
		});
	}

	/** Writes what the server has as one row; what waits stays as it is. */
	#compact(saved: ReadonlyMap<number, number>, doc: Y.Doc): void {
		const isThere = (row: Row) => covers(saved, row.ends);
		const old = this.rows.filter(isThere);
		if (old.length < COMPACT_AFTER / 2) return this.#foldOwn();
		const apart = this.rows.filter((row) => !isThere(row));
		const bytes =
			apart.length === 0 ? Y.encodeStateAsUpdate(doc) : Y.mergeUpdates(old.map((row) => row.bytes));
		this.#fold(old, { bytes, isOwn: false }, (folded) => [folded, ...apart]);
	}

	/** A day offline is many edits: what waits becomes one row too. */
	#foldOwn(): void {
		const old = this.rows.filter(({ id, isOwn }) => isOwn && id !== null);
		if (old.length < COMPACT_AFTER) return;
		const bytes = Y.mergeUpdates(old.map((row) => row.bytes));
		const rest = this.rows.filter((row) => !old.includes(row));
		this.#fold(old, { bytes, isOwn: true }, (folded) => [...rest, folded]);
	}

	#fold(old: Row[], given: Pick<Row, 'bytes' | 'isOwn'>, order: (folded: Row) => Row[]): void {
		const folded: Row = { ...given, id: null, receipt: null, ends: endsOf(given.bytes) };
		this.rows = order(folded);
		this.writer.add(async () => {
			const ids = old.flatMap(({ id }) => id ?? []);
			[folded.id] = (await this.store.replace(this.document, ids, [folded])) as [number];
		});
	}
}

/**
 * What stored rows make of an empty document.
 * @returns rows: those that it is made of; repeated: those that say nothing more; orphans: those that continue what is not there
 */
export function sortRows(doc: Y.Doc, all: Row[]): Record<'rows' | 'repeated' | 'orphans', Row[]> {
	const rows = applyWhole(doc, all);
	const gone = all.filter((row) => !rows.includes(row));
	const isKnown = ({ ends }: Row) =>
		[...ends].every(([client, clock]) => clock <= Y.getState(doc.store, client));
	return {
		rows,
		repeated: gone.filter(isKnown),
		orphans: gone.filter((row) => !isKnown(row))
	};
}
