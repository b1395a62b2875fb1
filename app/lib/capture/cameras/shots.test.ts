import { describe, expect, it } from 'vitest';
import type { ShotRow } from '../../device/database.ts';
import { identityOf, isPhotoName, nextOf, takeStock } from './shots.ts';
import { clockWords, roomWords } from './words.ts';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

describe('what is new on a card', () => {
	it('nothing, at the first meeting: all of it is offered', () => {
		expect(takeStock([1, 2, 3], null, new Set(), NOW)).toEqual({
			fresh: [],
			older: [1, 2, 3],
			isRenumbered: false
		});
	});
	it('what was taken while it was away for an evening', () => {
		const row = { older: [1, 2], seenAt: NOW - 5 * HOUR };
		expect(takeStock([1, 2, 3, 4, 5], row, new Set([3]), NOW)).toEqual({
			fresh: [4, 5],
			older: [1, 2],
			isRenumbered: false
		});
	});
	it('is offered after a week', () => {
		const row = { older: [1], seenAt: NOW - 24 * 7 * HOUR };
		expect(takeStock([1, 2], row, new Set(), NOW)).toMatchObject({ fresh: [], older: [1, 2] });
	});
	it('is not told by handles where the camera has numbered anew', () => {
		const row = { older: [1, 2], seenAt: NOW - HOUR };
		expect(takeStock([101, 102], row, new Set([3]), NOW).isRenumbered).toBe(true);
		expect(takeStock([7], { older: [], seenAt: NOW - HOUR }, new Set(), NOW)).toEqual({
			fresh: [7],
			older: [],
			isRenumbered: false
		});
	});
});

const shot = (id: number, name: string, noticedAt: number): ShotRow => ({
	id,
	name,
	noticedAt,
	order: /\.cr2$/i.test(name) ? 1 : 0,
	camera: 'c',
	handle: id,
	identity: name,
	workspace: 'w',
	event: 'e',
	size: 1,
	takenAt: null,
	state: 'waiting',
	reason: null,
	attempts: 0,
	sha256: null
});

describe('which shot is read next', () => {
	it('the oldest, and of a pair the JPEG', () => {
		const rows = [shot(1, 'A.CR2', 10), shot(2, 'a.jpg', 20), shot(3, 'B.JPG', 30)];
		expect(nextOf(rows)?.id).toBe(2);
		expect(nextOf(rows.filter(({ id }) => id !== 2))?.id).toBe(1);
		expect(nextOf([])).toBeNull();
	});
	it('a RAW whose JPEG of the same name is of another time waits for nothing', () => {
		expect(nextOf([shot(1, 'A.CR2', 10), shot(2, 'A.JPG', 60_000)])?.id).toBe(1);
	});
});

describe('photos on cameras', () => {
	it('are told by their names', () => {
		for (const name of ['IMG_1.JPG', 'x.cr3', 'y.HEIC', '../../a.nef'])
			expect(isPhotoName(name)).toBe(true);
		for (const name of ['MVI_1.MOV', 'a.wav', 'DCIM', 'jpg']) expect(isPhotoName(name)).toBe(false);
	});
	it('of one name in one folder differ by size and time', () => {
		const info = { storage: 1, parent: 2, name: 'a.jpg', size: 9, takenAt: null };
		const whole = { ...info, format: 0, thumbSize: 0, width: 0, height: 0 };
		expect(identityOf(whole)).not.toBe(identityOf({ ...whole, size: 10 }));
	});
	it('and their cameras are described in plain words', () => {
		expect(roomWords(42e9, 5_000)).toBe('42 GB, 5,000 photos free');
		expect(roomWords(3e6, null)).toBe('3 MB free');
		expect(clockWords(-7_200)).toBe('Clock 2 h behind');
		expect(clockWords(5)).toBe('Clock 5 s ahead');
		expect(clockWords(86_400 * 3)).toBe('Clock 3 days ahead');
	});
});
