import { expect, it } from 'vitest';
import * as Y from 'yjs';
import { root } from '#shared/documents/declaration.ts';
import { z } from 'zod';
import { type PastEntry, type Step, replay, stretchesOf, takingBack } from './history.ts';

const declaration = {
	photos: root({ key: /.*/, value: z.any(), resource: 'photo' }),
	marks: root({ key: /.*/, value: z.any(), resource: 'photo' }),
	trash: root({ key: /.*/, value: z.any(), resource: 'photo', removes: true })
};

/** A log that is written by several people into one document. */
function logOf() {
	const doc = new Y.Doc();
	const entries: PastEntry[] = [];
	let minute = 0;
	const edit = (
		author: string,
		run: (marks: Y.Map<unknown>, photos: Y.Map<unknown>, trash: Y.Map<unknown>) => void
	) => {
		const before = Y.encodeStateVector(doc);
		doc.transact(() => run(doc.getMap('marks'), doc.getMap('photos'), doc.getMap('trash')));
		const update = Y.encodeStateAsUpdate(doc, before);
		const at = new Date(Date.UTC(2026, 0, 19, 8, minute));
		entries.push({ seq: entries.length + 1, at, author, update, receipt: null });
	};
	return { entries, edit, wait: (minutes: number) => (minute += minutes) };
}
const stepsOf = (entries: PastEntry[], base: Uint8Array | null = null): Step[] =>
	entries.flatMap(replay(declaration, base));

function clearedEvent() {
	const { entries, edit, wait } = logOf();
	edit('selam', (marks, photos) => {
		for (const photo of ['a', 'b', 'c']) {
			photos.set(photo, { name: photo });
			marks.set(`${photo}/rating`, 5);
		}
	});
	wait(60);
	edit('dawit', (marks, photos) => {
		for (const photo of ['a', 'b', 'c']) {
			photos.set(photo, null);
			marks.set(`${photo}/rating`, null);
		}
		photos.set('d', { name: 'd' });
		marks.set('d/rating', 2);
	});
	wait(3);
	edit('dawit', (marks) => marks.set('d/rating', 3));
	edit('selam', (marks) => marks.set('b/rating', 4));
	return entries;
}

const removal = { author: 'dawit', kind: 'removals', from: 2, to: 2 } as const;

it('says who did how much, newest first, by stretches without a pause', () => {
	expect(
		stretchesOf(stepsOf(clearedEvent())).map(
			({ author, kind, from, to, added, removed, changed, cleared }) =>
				[author, kind, from, to, added, removed, changed, cleared].join(' ')
		)
	).toEqual([
		'selam edits 4 4 0 0 1 0',
		'dawit edits 2 3 1 0 1 0',
		'dawit removals 2 2 0 3 0 3',
		'selam edits 1 1 3 0 3 0'
	]);
});

it('puts back what one person did, but not over later changes, and takes no photos away', () => {
	const { changes, kept } = takingBack(stepsOf(clearedEvent()), removal);
	expect(kept).toBe(1); // b/rating has a new value
	expect(changes).toEqual([
		...['a', 'b', 'c'].map((key) => ({ root: 'photos', key, value: { name: key } })),
		{ root: 'marks', key: 'a/rating', value: 5 },
		{ root: 'marks', key: 'c/rating', value: 5 }
	]);
	const edits = { ...removal, kind: 'edits', to: 3 } as const;
	expect(takingBack(stepsOf(clearedEvent()), edits)).toEqual({
		changes: [{ root: 'marks', key: 'd/rating', value: null }],
		kept: 0
	});
});

it('begins where the log begins', () => {
	const entries = clearedEvent();
	const base = entries[0]!.update;
	expect(takingBack(stepsOf(entries.slice(1), base), removal)).toEqual(
		takingBack(stepsOf(entries), removal)
	);
	expect(stretchesOf(stepsOf(entries.slice(1), base))).toHaveLength(3);
});

it('counts what went to the trash as removed, and takes it out again', () => {
	const { entries, edit, wait } = logOf();
	edit('selam', (_marks, photos) => photos.set('a', { name: 'a' }));
	edit('dawit', (_marks, _photos, trash) => trash.set('a', { by: 'dawit' }));
	wait(60);
	edit('selam', (_marks, _photos, trash) => trash.set('a', null));
	const steps = stepsOf(entries);
	expect(stretchesOf(steps)).toMatchObject([
		{ author: 'selam', kind: 'edits', restored: 1, removed: 0 },
		{ author: 'dawit', kind: 'removals', removed: 1, restored: 0 },
		{ author: 'selam', kind: 'edits', added: 1 }
	]);
	const trashing = stepsOf(entries.slice(0, 2));
	expect(takingBack(trashing, { author: 'dawit', kind: 'removals', from: 2, to: 2 })).toEqual({
		changes: [{ root: 'trash', key: 'a', value: null }],
		kept: 0
	});
	expect(takingBack(steps, { author: 'selam', kind: 'edits', from: 3, to: 3 }).changes).toEqual([
		{ root: 'trash', key: 'a', value: { by: 'dawit' } }
	]);
});
