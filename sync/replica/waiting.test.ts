import { expect, it } from 'vitest';
import * as Y from 'yjs';
import { waitingChanges } from './waiting.ts';

it('names what this device set since the server said what it has, and nothing of others', () => {
	const doc = new Y.Doc();
	const marks = doc.getMap('marks');
	marks.set('a', 1);
	marks.set('b', 2);
	const saved = Y.encodeStateVector(doc);
	marks.set('b', 3);
	marks.set('c', null);
	const other = new Y.Doc();
	other.getMap('marks').set('d', 4);
	Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
	const stored = {
		rows: [{ id: 1, bytes: Y.encodeStateAsUpdate(doc), isOwn: true, receipt: null }],
		saved,
		clients: [doc.clientID],
		epoch: null,
		refusalsSeen: 0,
		damaged: 0
	};
	expect(waitingChanges(stored, ['marks'])).toEqual([
		{ root: 'marks', key: 'b', value: 3 },
		{ root: 'marks', key: 'c', value: null }
	]);
	expect(waitingChanges({ ...stored, saved: Y.encodeStateVector(doc) }, ['marks'])).toEqual([]);
	expect(waitingChanges({ ...stored, saved: null }, ['marks']).map(({ key }) => key)).toEqual([
		'a',
		'b',
		'c'
	]);
	expect(waitingChanges({ ...stored, clients: [] }, ['marks'])).toEqual([]);
});
