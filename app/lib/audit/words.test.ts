import { expect, it } from 'vitest';
import { changesOf } from './words.ts';

it('says what changed, and nothing else', () => {
	expect(changesOf({ name: 'A', slug: 'a' }, { name: 'B', slug: 'a' })).toEqual(['name: A → B']);
	expect(changesOf(null, { role: 'viewer' })).toEqual(['role: viewer']);
	expect(changesOf(null, null)).toEqual([]);
});
