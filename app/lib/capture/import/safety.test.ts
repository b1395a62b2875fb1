import { describe, expect, it } from 'vitest';
import type { BatchRow } from '../../device/database.ts';
import { countSafety, verdictOf } from './safety.ts';

const batch = (hasSecond: boolean): BatchRow => ({
	id: 'b',
	workspace: 'w',
	event: 'e',
	from: 'EOS_DIGITAL',
	at: '2026-01-19T00:00:00.000Z',
	second: hasSecond ? ({ name: 'Backup' } as FileSystemDirectoryHandle) : null,
	under: 'Wedding',
	leftOut: 0,
	secondProblem: null
});
const sha = (n: number) => String(n).padStart(64, '0');
type Row = Parameters<typeof countSafety>[1][number];
const verdict = (rows: Row[], hasSecond = false, stored = false, isCopying = false) =>
	verdictOf(countSafety(batch(hasSecond), rows, isCopying, () => stored));
const done: Row = { state: 'done', sha256: sha(1) };

describe('whether a card may be formatted', () => {
	it('is not asked while files are copied', () => {
		expect(verdict([done], true, true, true)).toBe('copying');
	});

	it('needs a second copy or the server, of every file', () => {
		expect(verdict([done])).toBe('one copy');
		expect(verdict([done], false, true)).toBe('safe on server');
		expect(verdict([{ ...done, second: 'verified' }], true)).toBe('safe in folder');
		expect(
			verdict(
				[
					{ ...done, second: 'verified' },
					{ ...done, second: 'failed' }
				],
				true
			)
		).toBe('second failed');
		expect(verdict([{ ...done, second: 'waiting' }], true)).toBe('second failed');
	});

	it('counts what was here already, and what could not be developed, for it is kept', () => {
		const rows: Row[] = [
			{ state: 'known', sha256: sha(1), second: 'verified' },
			{ state: 'failed', sha256: sha(2), second: 'verified' },
			{ state: 'copied', sha256: sha(3), second: 'verified' },
			{ state: 'faceless', sha256: sha(4), second: 'verified' }
		];
		expect(verdict(rows, true)).toBe('safe in folder');
	});

	it('is denied while days were left on it', () => {
		const left = { ...batch(false), leftOut: 3 };
		expect(verdictOf(countSafety(left, [done], false, () => true))).toBe('left out');
	});

	it('is denied when one file was refused or never reached', () => {
		const good: Row = { ...done, second: 'verified' };
		expect(verdict([good, { state: 'refused', sha256: null, second: 'verified' }], true)).toBe(
			'refused'
		);
		expect(verdict([good, { state: 'chosen', sha256: null, second: 'waiting' }], true)).toBe(
			'cut off'
		);
		expect(verdict([done, { state: 'chosen', sha256: null }], false, true)).toBe('cut off');
	});
});
