import { expect, it } from 'vitest';
import * as Y from 'yjs';
import { clientOf } from './author.ts';

it('is whoever wrote what counts now, also after documents were merged and packed', () => {
	const [hana, dawit] = [new Y.Doc(), new Y.Doc()];
	const marks = (doc: Y.Doc) => doc.getMap('marks');
	marks(hana).set('a/rating', 3);
	marks(hana).set('a/flag', 'pick');
	Y.applyUpdate(dawit, Y.encodeStateAsUpdate(hana));
	marks(dawit).set('a/rating', 5);
	Y.applyUpdate(hana, Y.encodeStateAsUpdate(dawit));
	expect(clientOf(marks(hana), 'a/rating')).toBe(dawit.clientID);
	expect(clientOf(marks(hana), 'a/flag')).toBe(hana.clientID);
	marks(hana).delete('a/flag');
	expect(clientOf(marks(hana), 'a/flag')).toBe(null);
	expect(clientOf(marks(hana), 'b/flag')).toBe(null);
	const packed = new Y.Doc();
	Y.applyUpdate(packed, Y.mergeUpdates([Y.encodeStateAsUpdate(hana)]));
	expect(clientOf(marks(packed), 'a/rating')).toBe(dawit.clientID);
});
