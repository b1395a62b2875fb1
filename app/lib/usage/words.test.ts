import { expect, it } from 'vitest';
import { bytesWords, ofLimit, usdWords } from './words.ts';

it('says bytes and dollars as people read them', () => {
	expect([0, 999, 1000, 1_250_000, 123_456_789, 5e12].map(bytesWords)).toEqual([
		'0 B',
		'999 B',
		'1 KB',
		'1.3 MB',
		'123 MB',
		'5 TB'
	]);
	expect([0, 12.5, 1200].map(usdWords)).toEqual(['$0', '$12.50', '$1,200']);
	expect(ofLimit(5, 10, usdWords)).toBe('$5 of $10');
	expect(ofLimit(5e9, null, bytesWords)).toBe('5 GB');
});
