import { expect, it } from 'vitest';
import { alignmentOf, drawAligned } from './align.ts';
import { defaultEmbedder } from './models.ts';

/** Redder to the right, greener downwards. */
function slope(width: number, height: number) {
	const data = new Uint8Array(3 * width * height);
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++)
			data.set([(255 * (x + 0.5)) / width, (255 * (y + 0.5)) / height, 128], 3 * (y * width + x));
	return { data, width, height };
}

it('draws what a similarity says, smaller, larger and turned', () => {
	const picture = slope(200, 200);
	const at = (rgba: Uint8ClampedArray, x: number, y: number, side: number) =>
		[...rgba.subarray(4 * (y * side + x), 4 * (y * side + x) + 4)] as const;
	// to a quarter: the pixel at (10, 30) is the picture's at (42, 122)
	const small = at(drawAligned(picture, { a: 0.25, b: 0, tx: 0, ty: 0 }, 50), 10, 30, 50);
	expect(small[0]).toBeCloseTo((255 * 42) / 200, -1);
	expect(small[1]).toBeCloseTo((255 * 122) / 200, -1);
	expect(small.slice(2)).toEqual([128, 255]);
	const large = at(drawAligned(picture, { a: 2, b: 0, tx: -100, ty: 0 }, 50), 0, 9, 50);
	expect(large[0]).toBeCloseTo((255 * 50) / 200, -1);
	// by a quarter turn: x' = -y + 50, y' = x
	const turned = at(drawAligned(picture, { a: 0, b: 1, tx: 50, ty: 0 }, 50), 10, 30, 50);
	expect(turned[0]).toBeCloseTo((255 * 30) / 200, -1);
	expect(turned[1]).toBeCloseTo((255 * 40) / 200, -1);
});

it('is black outside of the picture, and for no similarity at all', () => {
	const outside = drawAligned(slope(10, 10), { a: 1, b: 0, tx: 100, ty: 0 }, 8);
	expect([...outside.subarray(0, 4)]).toEqual([0, 0, 0, 255]);
	expect(drawAligned(slope(10, 10), { a: 0, b: 0, tx: 0, ty: 0 }, 2)).toEqual(
		new Uint8ClampedArray(16)
	);
});

it('brings eyes and mouth to where the model wants them', () => {
	const { rightEye, leftEye, mouth } = defaultEmbedder.alignment;
	const double = ([x, y]: readonly [number, number]) => [2 * x + 30, 2 * y + 7];
	const landmarks = [rightEye, leftEye, [0, 0] as const, mouth, [0, 0] as const, [0, 0] as const];
	const { a, b, tx, ty } = alignmentOf(landmarks.flatMap(double), defaultEmbedder);
	expect(a).toBeCloseTo(0.5, 6);
	expect(b).toBeCloseTo(0, 6);
	expect(tx).toBeCloseTo(-15, 4);
	expect(ty).toBeCloseTo(-3.5, 4);
});
