import { expect, it } from 'vitest';
import * as Y from 'yjs';
import { Edits } from './edits.ts';

it('takes changes back one after the other, each as a whole', () => {
	const doc = new Y.Doc();
	const marks = doc.getMap('marks');
	let updates = 0;
	doc.on('update', () => updates++);
	const edits = new Edits(() => doc);
	const rate = (key: string, value: unknown) => ({ root: 'marks' as const, key, value });
	edits.make([rate('a', 3), rate('b', 3)]);
	edits.make([rate('a', 5), rate('b', 3)]);
	// says nothing new: there is nothing to take back
	edits.make([rate('a', 5)]);
	expect(updates).toBe(2);
	expect(edits.undo()).toEqual([rate('a', 3)]);
	expect(marks.toJSON()).toEqual({ a: 3, b: 3 });
	expect(edits.undo()).toHaveLength(2);
	expect(marks.toJSON()).toEqual({ a: null, b: null });
	expect(edits.undo()).toBeNull();
});
it('edits the document that has taken the place of a refused one', () => {
	let doc = new Y.Doc();
	const edits = new Edits(() => doc);
	edits.make([{ root: 'trash', key: 'a', value: 1 }]);
	doc = new Y.Doc();
	edits.undo();
	expect(doc.getMap('trash').get('a')).toBeNull();
});
