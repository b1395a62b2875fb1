import { expect, it } from 'vitest';
import { bibOf } from './bib.ts';

it('knows numbers of bibs, however they are written, and no names', () => {
	expect(['42', ' b 1042', 'B-1042', '17a'].map(bibOf)).toEqual(['42', 'B1042', 'B1042', '17A']);
	for (const text of ['', 'Sara', 'Sara 7', '1234567', '12%', '1042,17', 'ABCD1'])
		expect(bibOf(text)).toBeNull();
});
