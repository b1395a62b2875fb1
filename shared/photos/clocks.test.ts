import { describe, expect, it } from 'vitest';
import {
	cameraKeyOf,
	clockKeyPattern,
	correctedTime,
	correctionOf,
	correctionWords
} from './clocks.ts';

describe('clocks of cameras', () => {
	it('belong to a body, or to a name where no body says which it is', () => {
		expect(cameraKeyOf({ camera: 'Canon R6', cameraId: '0123456789ab' })).toBe('0123456789ab');
		expect(cameraKeyOf({ camera: 'Canon R6' })).toBe('name/Canon R6');
		expect(cameraKeyOf({ camera: null })).toBeNull();
		for (const key of ['0123456789ab', 'name/Canon R6', 'name/ካሜራ'])
			expect(clockKeyPattern.test(key)).toBe(true);
		for (const key of ['', 'name/', 'name/a\u0000b', 'Canon', `name/${'x'.repeat(121)}`])
			expect(clockKeyPattern.test(key)).toBe(false);
	});

	it('are corrected over days and years', () => {
		expect(correctedTime('2026-01-19T23:59:59', 2)).toBe('2026-01-20T00:00:01');
		expect(correctedTime('1970-01-01T00:00:00', -1)).toBe('1969-12-31T23:59:59');
		expect(correctedTime('9999-12-31T23:59:59', 1)).toBe('9999-12-31T23:59:59');
		const by = correctionOf('2024-03-01T12:00:00', '2026-01-19T17:03:22');
		expect(correctedTime('2024-03-01T12:00:00', by)).toBe('2026-01-19T17:03:22');
	});

	it('are said as people say them', () => {
		expect(correctionWords(3612)).toBe('+1 h 12 s');
		expect(correctionWords(-90)).toBe('−1 min 30 s');
		expect(correctionWords(86_400 * 689)).toBe('+689 d');
		expect(correctionWords(0)).toBe('0 s');
	});
});
