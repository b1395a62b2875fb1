import { expect, it } from 'vitest';
import type { Person } from '#shared/people/document.ts';
import type { PhotoFacts } from '#shared/photos/photo.ts';
import { appearancesIn, companyOf } from './person-here.ts';
import type { Somebody } from './somebody.ts';

const box = (side: number) => ({ x: 0.1, y: 0.1, width: side, height: side });
const face = (photo: string, at: number, side = 0.2) => ({
	key: `${photo}/${at},500`,
	box: box(side)
});
const factsOf = (name: string, takenAt: string | null) =>
	({
		name,
		takenAt,
		importedAt: '2026-01-03T09:00:00.000Z',
		width: 6000,
		height: 4000
	}) as unknown as PhotoFacts;

const people: Somebody[] = [
	{ person: 'hana', faces: [face('late', 100), face('early', 100), face('gone', 100)] },
	{ person: 'merged', faces: [face('third', 100)] },
	{ person: 'dawit', faces: [face('late', 800, 0.4), face('alone', 800)] },
	{ person: null, faces: [face('early', 800)] }
];
const event = {
	...{ id: 'wedding', people, said: new Set(['early/100,500']) },
	facts: new Map([
		['late', factsOf('b.jpg', '2026-01-02T12:00:00')],
		['early', factsOf('a.jpg', '2026-01-02T10:00:00')],
		['third', factsOf('c.jpg', '2026-01-02T13:00:00')],
		['alone', factsOf('d.jpg', null)]
	])
};
const standsFor = (person: string) => (person === 'merged' ? 'hana' : person);
const hidden = new Set<string>();
const list = {
	standsFor,
	get: (id: string | null) => ({ id, isHidden: hidden.has(id!) }) as Person
};
const isHana = (person: string | null) => person !== null && standsFor(person) === 'hana';

it('finds a person, and who was merged into them, on photos that are there, by their time', () => {
	const found = appearancesIn(event, isHana);
	expect(found.map(({ name, origin }) => `${name} ${origin}`)).toEqual([
		...['a.jpg said', 'b.jpg grouped', 'c.jpg grouped']
	]);
	// two faces of one size are both the largest
	expect(found.map(({ rank }) => rank)).toEqual([1, 2, 1]);
	expect(found[0]!.share).toBeCloseTo(0.04);
});

it('counts whom they are with by photos, and nobody twice', () => {
	const found = appearancesIn(event, isHana);
	expect(companyOf([event], found, list, 'hana')).toEqual([{ person: 'dawit', photos: 1 }]);
	expect(companyOf([event], [], list, 'hana')).toEqual([]);
	hidden.add('dawit');
	expect(companyOf([event], found, list, 'hana')).toEqual([]);
});
