import { describe, expect, it } from 'vitest';
import type { Chosen } from '../importer.ts';
import { type Found, daysOf, namesOf, withSidecars, withoutHousekeeping } from './plan.ts';

const found = (path: string, takenAt: string | null, camera: string | null = null): Found => {
	const chosen: Chosen = { file: new File(['x'], path.split('/').pop()!), handle: null, path };
	return { chosen, takenAt, camera, isHere: false };
};
const named = (all: Found[], names: Map<Chosen, string>) =>
	Object.fromEntries(all.map(({ chosen }) => [chosen.path, names.get(chosen)]));
const values = { event: 'Wedding', photographer: 'Hana' };

describe('what is on a card', () => {
	it('is told by days, the last one first, what says no day at the end', () => {
		const all = [
			found('a.jpg', '2026-01-12T10:00:00'),
			found('b.jpg', null),
			found('c.jpg', '2026-01-19T23:59:59'),
			found('d.jpg', '2026-01-19T00:00:00')
		];
		expect(daysOf(all).map(({ date, found: inIt }) => [date, inIt.length])).toEqual([
			['2026-01-19', 2],
			['2026-01-12', 1],
			['', 1]
		]);
	});

	it('leaves out what cameras write for themselves', () => {
		const all = ['IMG_1.JPG', 'M0100.CTG', 'MVI_1.THM', 'MVI_1.MP4', 'NOTE.WAV'];
		expect(
			withoutHousekeeping(all.map((path) => found(path, null).chosen)).map(({ path }) => path)
		).toEqual(['IMG_1.JPG', 'MVI_1.MP4', 'NOTE.WAV']);
	});
});

describe('new names', () => {
	it('are numbered by time, whatever the order of the files', () => {
		const all = [
			found('DCIM/2.jpg', '2026-01-19T10:00:02'),
			found('DCIM/1.jpg', '2026-01-19T10:00:01'),
			found('DCIM/9.jpg', null)
		];
		expect(named(all, namesOf(all, '{date}_{seq:3}', values, 41))).toEqual({
			'DCIM/1.jpg': '20260119_041.jpg',
			'DCIM/2.jpg': '20260119_042.jpg',
			'DCIM/9.jpg': '043.jpg'
		});
	});

	it('keep RAW, JPEG and sidecars of one shot together, and shots of one name in two folders apart', () => {
		const all = [
			found('100A/IMG_1.xmp', '2026-01-20T10:00:00'),
			found('100A/IMG_1.CR3', '2026-01-19T10:00:05'),
			found('100A/IMG_1.JPG', '2026-01-19T10:00:05'),
			found('100A/IMG_1.CR3.xmp', '2026-01-20T10:00:00'),
			found('101A/IMG_1.JPG', '2026-01-19T10:00:06')
		];
		expect(named(all, namesOf(all, '{event}_{seq}', values, 1))).toEqual({
			'100A/IMG_1.CR3': 'Wedding_1.CR3',
			'100A/IMG_1.JPG': 'Wedding_1.JPG',
			'100A/IMG_1.xmp': 'Wedding_1.xmp',
			'100A/IMG_1.CR3.xmp': 'Wedding_1.xmp',
			'101A/IMG_1.JPG': 'Wedding_2.JPG'
		});
	});

	it('follow corrected clocks', () => {
		const all = [
			found('a.jpg', '2026-01-19T10:00:10', 'fast'),
			found('b.jpg', '2026-01-19T10:00:05', 'right')
		];
		const clockOf = (camera: string | null) => (camera === 'fast' ? -10 : 0);
		expect(named(all, namesOf(all, '{time}_{seq}', values, 1, clockOf))).toEqual({
			'a.jpg': '100000_1.jpg',
			'b.jpg': '100005_2.jpg'
		});
	});
});

describe('sidecars', () => {
	it('are of the day of their photos', () => {
		const all = withSidecars([
			found('a/IMG_1.JPG', '2026-01-19T10:00:00', 'Canon'),
			found('a/IMG_1.xmp', '2026-02-01T10:00:00'),
			found('b/IMG_1.JPG.xmp', '2026-02-01T10:00:00')
		]);
		expect(all.map(({ takenAt, camera }) => [takenAt, camera])).toEqual([
			['2026-01-19T10:00:00', 'Canon'],
			['2026-01-19T10:00:00', 'Canon'],
			[null, null]
		]);
	});
});
