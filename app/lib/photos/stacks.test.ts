import { describe, expect, it } from 'vitest';
import type { PhotoFacts } from '#shared/photos/photo.ts';
import { Stacks } from './stacks.ts';

const photo = (id: string, name: string, type: PhotoFacts['type'] = 'image/jpeg') => ({
	id,
	facts: { name, type, by: 'a', takenAt: '2026-01-19T10:00:00' } as PhotoFacts
});
const stacks = new Stacks([
	photo('j1', '1.JPG'),
	photo('r1', '1.CR3', 'image/x-raw'),
	photo('j2', '2.JPG'),
	photo('r3', '3.CR3', 'image/x-raw')
]);

describe('RAW and JPEG of one shot', () => {
	it('are looked at as one', () => {
		expect(stacks.leads.map(({ id }) => id)).toEqual(['j1', 'j2', 'r3']);
		expect(stacks.othersOf('j1').map(({ id }) => id)).toEqual(['r1']);
		expect(stacks.othersOf('r1')).toEqual([]);
		expect([stacks.isOther('r1'), stacks.isOther('j1'), stacks.isOther('r3')]).toEqual([
			true,
			false,
			false
		]);
	});
	it('go together, whichever is named', () => {
		expect(stacks.whole(['j2', 'r1', 'j1'])).toEqual(['j2', 'j1', 'r1']);
		expect(stacks.leadsOf(['r1', 'r3', 'j1'])).toEqual(['j1', 'r3']);
	});
});
