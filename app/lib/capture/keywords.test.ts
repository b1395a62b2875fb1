import { expect, it } from 'vitest';
import { keywordsOf } from './keywords.ts';

it('keywords are what stands between commas, each once', () => {
	expect(keywordsOf(' wedding,  Timket  2026;WEDDING\n,ሠርግ ')).toEqual([
		'wedding',
		'Timket 2026',
		'ሠርግ'
	]);
	expect(keywordsOf('')).toEqual([]);
	expect(keywordsOf('x'.repeat(90))[0]).toHaveLength(64);
	expect(keywordsOf(Array.from({ length: 200 }, (_, i) => `k${i}`).join())).toHaveLength(100);
});
