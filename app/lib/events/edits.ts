// What this tab changed in an event's document, so that it can be taken back.
import type * as Y from 'yjs';

/** Where changes are that can be taken back. */
export type EditedRoot = 'clocks' | 'marks' | 'trash' | 'approved' | 'identified' | 'excluded';

/** One value of one of those; null clears it. */
export interface Edit {
	root: EditedRoot;
	key: string;
	value: unknown;
}

/** Edits of one tab, without end. */
export class Edits {
	#made: Edit[][] = [];

	/** @param docOf the document as it is now: a refused one is replaced */
	constructor(private readonly docOf: () => Y.Doc) {}

	/** Makes edits as one change; what says already what it should is left alone. */
	make(edits: readonly Edit[]): void {
		const valueOf = ({ root, key }: Edit): unknown => this.docOf().getMap(root).get(key) ?? null;
		const changed = edits.filter((edit) => valueOf(edit) !== edit.value);
		if (changed.length === 0) return;
		this.#made.push(changed.map((edit) => ({ ...edit, value: valueOf(edit) })));
		this.#write(changed);
	}

	/** Takes the last change back. @returns what was put back; null: there was none */
	undo(): Edit[] | null {
		const last = this.#made.pop();
		if (!last) return null;
		this.#write(last);
		return last;
	}

	#write(edits: readonly Edit[]): void {
		const doc = this.docOf();
		doc.transact(() => edits.forEach(({ root, key, value }) => doc.getMap(root).set(key, value)));
	}
}
