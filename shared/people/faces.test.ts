import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../tests/support/property.ts';
import { faceAt, faceKey, placeOf, standingFor, toldOf } from './faces.ts';
import { faceAndPersonPattern, faceKeyPattern } from './person.ts';

const photo = 'ab'.repeat(16);
const sara = '00000000-0000-4000-8000-000000000001';
const ruth = '00000000-0000-4000-8000-000000000002';

describe('a face by where it is', () => {
	it('is found again by its key, whatever its box', () =>
		fc.assert(
			fc.property(
				fc.double({ min: -0.4, max: 1, noNaN: true }),
				fc.double({ min: -0.4, max: 1, noNaN: true }),
				fc.double({ min: 0.004, max: 0.5, noNaN: true }),
				(x, y, side) => {
					const box = { x, y, width: side, height: side };
					const key = faceKey(photo, box);
					expect(key).toMatch(faceKeyPattern);
					expect(`${key}/${sara}`).toMatch(faceAndPersonPattern);
					const middle = [x + side / 2, y + side / 2];
					if (middle.some((value) => value < 0 || value > 1)) return;
					expect(faceAt([box], placeOf(key))).toBe(0);
					expect(placeOf(`${key}/${sara}`)).toEqual(placeOf(key));
				}
			)
		));
	it('is the one whose centre is nearest, and none where there is none', () => {
		const large = { x: 0, y: 0, width: 1, height: 1 };
		const small = { x: 0.1, y: 0.1, width: 0.1, height: 0.1 };
		expect(faceAt([large, small], { x: 0.16, y: 0.14 })).toBe(1);
		expect(faceAt([large, small], { x: 0.5, y: 0.6 })).toBe(0);
		expect(faceAt([small], { x: 0.5, y: 0.6 })).toBeNull();
	});
	it('has no key out of the photo', () => {
		for (const key of [`${photo}/1001,5`, `${photo}/-1,5`, `${photo}/5`, `${photo}/1,2,3`, '/1,2'])
			expect(key).not.toMatch(faceKeyPattern);
	});
});

describe('decisions', () => {
	const boxes = [
		{ x: 0.1, y: 0.1, width: 0.2, height: 0.2 },
		{ x: 0.6, y: 0.1, width: 0.2, height: 0.2 }
	];
	const facesOf = () => ({ boxes, ids: ['left', 'right'] });
	it('are about the faces that lie there now', () => {
		const told = toldOf(
			{
				identified: [
					[`${photo}/210,190`, sara],
					[`${photo}/700,200`, null],
					[`${photo}/900,900`, sara]
				],
				excluded: [
					[`${photo}/700,200/${sara}`, true],
					[`${photo}/700,200/${ruth}`, null]
				]
			},
			facesOf,
			(person) => person
		);
		expect([...told.is]).toEqual([['left', sara]]);
		expect([...told.isNot]).toEqual([['right', new Set([sara])]]);
	});
	it('follow those who were merged, also in a circle', () => {
		const merged = (into: Record<string, string>) => standingFor((id) => into[id]);
		expect(merged({ a: 'b', b: 'c' })('a')).toBe('c');
		const circle = merged({ a: 'b', b: 'c', c: 'b', x: 'a' });
		expect(['x', 'a', 'b', 'c'].map(circle)).toEqual(['b', 'b', 'b', 'b']);
		expect(merged({ c: 'b', b: 'c' })('c')).toBe('b');
	});
});
