import { expect, it } from 'vitest';
import * as Y from 'yjs';
import { declarations } from '#shared/documents/names.ts';
import { inspect, rootNames } from '../documents/inspect.ts';
import { readUpdate } from '../documents/update.ts';
import { judge } from './judge.ts';

const photo = (index: number) => index.toString(16).padStart(32, '0');

it('refuses new keys where a document is full, and takes changes of those that it has', () => {
	const doc = new Y.Doc();
	for (const root of Object.keys(declarations.event)) doc.getMap(root);
	for (let i = 0; i < 10; i++) doc.getMap('marks').set(`${photo(i)}/rating`, 1);
	const other = new Y.Doc();
	Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
	const before = Y.encodeStateVector(other);
	other.transact(() => {
		for (let i = 5; i < 15; i++) other.getMap('marks').set(`${photo(i)}/rating`, 2);
	});
	const update = readUpdate(Y.encodeStateAsUpdate(other, before));
	const author = { id: 'hana', role: 'editor' } as const;
	const { refused, notices } = judge(
		doc,
		declarations.event,
		inspect(doc, update, rootNames(doc)),
		author,
		() => 'hana',
		true,
		12
	);
	expect(refused.length).toBe(3);
	expect(notices[0]!.refusals.map(({ reason }) => reason)).toEqual(['full', 'full', 'full']);
	for (const { key } of refused) expect(doc.getMap('marks').has(key)).toBe(false);
});
