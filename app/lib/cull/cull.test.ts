import { describe, expect, it } from 'vitest';
import { filterStacks, fits, isFiltered, noFilter } from './filter.ts';
import { actionOf, keyHelp } from './keys.ts';
import { clampZoom, detailRect, drawnRect, faceZoom } from './zoom.ts';

const press = (key: string, more: object = {}) =>
	actionOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });

describe('keys', () => {
	it('do what people have learnt', () => {
		expect(press('P')).toEqual({ kind: 'flag', value: 'pick' });
		expect(press('0')).toEqual({ kind: 'rate', value: 0 });
		expect(press('6')).toEqual({ kind: 'label', value: 'red' });
		expect(press('9')).toEqual({ kind: 'label', value: 'blue' });
		expect(press('z', { ctrlKey: true })).toEqual({ kind: 'undo' });
		expect(press('v')).toEqual({ kind: 'favourite' });
		expect(press('Z', { shiftKey: true })).toEqual({ kind: 'face', by: -1 });
		expect(press('ArrowLeft')).toEqual({ kind: 'move', by: -1 });
	});
	it('of the browser stay the browser’s', () => {
		for (const key of ['r', 'w', 't', 'p']) expect(press(key, { ctrlKey: true })).toBeNull();
		expect(press('ArrowLeft', { altKey: true })).toBeNull();
		expect(press('F5')).toBeNull();
	});
	it('are all told', () => {
		expect(keyHelp.length).toBeGreaterThan(10);
	});
});

const photo = (takenAt: string | null, camera = 'X') => ({
	id: 'a',
	facts: { name: 'a.jpg', type: 'image/jpeg' as const, by: 'me', takenAt, camera }
});

describe('filter', () => {
	it('goes by marks', () => {
		const of = (filter: object, marks: object) =>
			fits({ ...noFilter, ...filter }, photo(null), marks);
		expect(of({ flag: 'pick' }, { flag: 'pick' })).toBe(true);
		expect(of({ flag: 'none' }, { flag: 'reject' })).toBe(false);
		expect(of({ stars: 3 }, { rating: 3 })).toBe(true);
		expect(of({ stars: -1 }, { rating: 1 })).toBe(false);
		expect(of({ label: 'none' }, { label: 'red' })).toBe(false);
		expect(of({ label: 'red' }, { label: 'red' })).toBe(true);
		expect(of({ favourite: 'yes' }, { favourite: true })).toBe(true);
		expect(of({ favourite: 'yes' }, {})).toBe(false);
		expect(of({ favourite: 'no' }, {})).toBe(true);
		expect(of({ favourite: 'no' }, { favourite: true })).toBe(false);
	});
	it('goes by folder', () => {
		const of = (folder: string | null, marks: object) =>
			fits({ ...noFilter, folder }, photo(null), marks);
		expect(of('Ceremony', { folder: 'Ceremony' })).toBe(true);
		expect(of('Ceremony', { folder: 'Dinner' })).toBe(false);
		expect(of('Ceremony', {})).toBe(false);
		expect(of('', {})).toBe(true);
		expect(of('', { folder: 'Dinner' })).toBe(false);
		expect(of(null, { folder: 'Dinner' })).toBe(true);
	});
	it('goes by words, wherever they are said', () => {
		const marks = { caption: 'The cake is cut', keywords: ['Dinner'], subject: '1042' };
		const of = (words: string) => fits({ ...noFilter, words }, photo(null), marks);
		for (const words of ['cake', 'CUT dinner', '1042', 'a.jpg', ''])
			expect(of(words), words).toBe(true);
		for (const words of ['cake dance', '1043']) expect(of(words), words).toBe(false);
	});
	it('goes by who marked a photo', () => {
		const of = (by: string, authors: string[]) =>
			fits({ ...noFilter, by }, photo(null), {}, () => authors);
		expect(of('hana', ['dawit', 'hana'])).toBe(true);
		expect(of('hana', ['dawit'])).toBe(false);
		// nobody is known
		expect(fits({ ...noFilter, by: 'hana' }, photo(null), {})).toBe(false);
		expect(isFiltered({ ...noFilter, by: 'hana' })).toBe(true);
	});
	it('goes by camera, time and people', () => {
		const of = (filter: object) =>
			fits({ ...noFilter, ...filter }, photo('2026-01-19T17:03:22'), {});
		expect(of({ camera: 'Y' })).toBe(false);
		expect(of({ from: '2026-01-19T17:04' })).toBe(false);
		expect(of({ from: '2026-01-19T17:03', to: '2026-01-19T17:03' })).toBe(true);
		expect(of({ photos: new Set(['b']) })).toBe(false);
	});
	it('none lets everything through, also without a time', () => {
		const stacks = [{ lead: photo(null), others: [] }];
		expect(filterStacks(stacks, noFilter, () => ({}))).toEqual(stacks);
		expect(isFiltered(noFilter)).toBe(false);
		expect(filterStacks(stacks, { ...noFilter, from: '2026-01-01T00:00' }, () => ({}))).toEqual([]);
	});
});

describe('zoom', () => {
	it('fits the whole photo in the middle', () => {
		expect(drawnRect({ width: 300, height: 200 }, { width: 600, height: 600 }, null)).toEqual({
			x: 0,
			y: 100,
			width: 600,
			height: 400
		});
	});
	it('puts what is looked at in the middle, and shows nothing beside the photo', () => {
		const view = { width: 600, height: 600 };
		const photo = { width: 3000, height: 2000 };
		const { x, width } = drawnRect(photo, view, { x: 0.5, y: 0.5, scale: 1 });
		expect([x, width]).toEqual([-1200, 3000]);
		expect(clampZoom(photo, view, { x: 0, y: 0.5, scale: 1 }).x).toBeCloseTo(0.1);
		// smaller than the window: in the middle
		expect(clampZoom(photo, view, { x: 0, y: 0, scale: 0.1 })).toMatchObject({ x: 0.5, y: 0.5 });
	});
	it('makes faces a third of the window, and never smaller than the whole', () => {
		const box = { x: 0.4, y: 0.4, width: 0.1, height: 0.1 };
		const zoom = faceZoom({ width: 3000, height: 2000 }, { width: 900, height: 600 }, box);
		expect(zoom.x).toBeCloseTo(0.45);
		expect(zoom.scale).toBeCloseTo(0.8);
	});
});

describe('what is decoded by itself', () => {
	const size = { width: 6000, height: 4000 };
	const view = { width: 1200, height: 800 };

	it('is nothing where the picture for screens has as many pixels', () => {
		const zoom = { x: 0.5, y: 0.5, scale: 1 / 3 };
		expect(detailRect(size, view, zoom, 2000)).toBeNull();
		expect(detailRect(size, view, zoom, 1999)).not.toBeNull();
	});
	it('is what is seen with some room around it, and never more than the photo', () => {
		expect(detailRect(size, view, { x: 0.5, y: 0.5, scale: 1 }, 2000)).toEqual({
			...{ x: 0.36, y: 0.36 },
			...{ width: 0.28, height: 0.28 }
		});
		for (const at of [0, 1]) {
			const { x, y, width, height } = detailRect(size, view, { x: at, y: at, scale: 1 }, 0)!;
			expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
			expect(Math.max(x + width, y + height)).toBeLessThanOrEqual(1);
		}
	});
});
