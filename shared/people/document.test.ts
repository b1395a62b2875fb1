import { expect, it } from 'vitest';
import { joinPeople } from './document.ts';

const by = '00000000-0000-4000-8000-00000000000a';
const fact = (n: number) => ({ by, createdAt: `2026-01-0${n}T00:00:00.000Z` });
const join = (ids: string[], fields: Record<string, unknown>) =>
	joinPeople(
		ids.map((id, n) => [id, fact(n + 1)] as const),
		new Map(Object.entries(fields))
	);

it('shows whoever was merged as whom they were merged into, with what that one lacks', () => {
	const cover = { event: by, face: `${'ab'.repeat(16)}/1,2` };
	const { people, standsFor } = join(['a', 'b', 'c'], {
		'a/mergedInto': 'c',
		'b/mergedInto': 'c',
		'a/name': 'Sara',
		'b/name': 'Sara T.',
		'b/cover': cover,
		'a/hidden': true
	});
	expect([...people.values()]).toEqual([
		{ id: 'c', name: 'Sara', isHidden: false, cover, createdAt: fact(3).createdAt }
	]);
	expect(['a', 'b', 'c'].map(standsFor)).toEqual(['c', 'c', 'c']);
});
it('loses nobody who was merged into somebody unknown or cleared', () => {
	const { people } = joinPeople(
		[
			['a', fact(1)],
			['b', null]
		],
		new Map<string, unknown>([
			['a/mergedInto', 'b'],
			['a/name', 'Sara']
		])
	);
	expect([...people.values()].map(({ name }) => name)).toEqual(['Sara']);
});
