import { describe, expect, it } from 'vitest';
import { histogramOf, paintClipping, pathOf } from './histogram.ts';

const pixels = Uint8ClampedArray.of(
	255,
	10,
	10,
	255,
	0,
	0,
	0,
	255,
	128,
	128,
	128,
	255,
	0,
	0,
	9,
	255
);

describe('histogram', () => {
	it('counts channels, burnt and black pixels', () => {
		const { red, burnt, black } = histogramOf(pixels);
		expect([red[255], red[0], red[128]]).toEqual([1, 2, 1]);
		expect([burnt, black]).toEqual([0.25, 0.25]);
		expect(histogramOf(new Uint8ClampedArray(0)).burnt).toBe(0);
	});
	it('paints what is clipped, and nothing else', () => {
		const painted = pixels.slice();
		paintClipping(painted);
		expect([painted[3], painted[7], painted[11], painted[15]]).toEqual([230, 230, 0, 0]);
		expect(painted[0]! > painted[2]!).toBe(true);
		expect(painted[6]! > painted[4]!).toBe(true);
	});
	it('draws an area that begins and ends at the bottom', () => {
		const path = pathOf(histogramOf(pixels).red, 2);
		expect(path.startsWith('M0 100L0 0.0')).toBe(true);
		expect(path.endsWith('L255 100Z')).toBe(true);
	});
});
