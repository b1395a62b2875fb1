import fc from 'fast-check';
import { expect, it } from 'vitest';
import { INPUT_SIDE, detectorInput, placingOf, readDetections } from './blazeface.ts';

const CELLS = 48 * 48;
/** What the network would say of faces at these places of its input, pixels. */
function output(faces: { x: number; y: number; side: number; score: number; cell?: number }[]) {
	const scores = new Float32Array(CELLS).fill(-10);
	const boxes = new Float32Array(CELLS * 16);
	for (const { x, y, side, score, cell } of faces) {
		const at = cell ?? Math.floor(y / 4) * 48 + Math.floor(x / 4);
		const anchor = [(at % 48) * 4 + 2, Math.floor(at / 48) * 4 + 2];
		scores[at] = Math.log(score / (1 - score));
		boxes.set([x - anchor[0]!, y - anchor[1]!, side, side], at * 16);
		for (let point = 0; point < 6; point++)
			boxes.set([x - anchor[0]! + point, y - anchor[1]! - point], at * 16 + 4 + 2 * point);
	}
	return { scores, boxes };
}

it('gives faces in pixels of the picture, whatever its proportions', () => {
	fc.assert(
		fc.property(
			fc.integer({ min: 50, max: 4_000 }),
			fc.integer({ min: 50, max: 4_000 }),
			fc.double({ min: 0.1, max: 0.9, noNaN: true }),
			fc.double({ min: 0.1, max: 0.9, noNaN: true }),
			(width, height, u, v) => {
				const placing = placingOf(width, height);
				const [x, y] = [u * width, v * height];
				const { scores, boxes } = output([
					{
						x: x * placing.scale + placing.left,
						y: y * placing.scale + placing.top,
						side: 30,
						score: 0.9
					}
				]);
				const [face, ...others] = readDetections(scores, boxes, placing);
				expect(others).toEqual([]);
				const tolerance = 1e-3 * Math.max(width, height);
				expect(Math.abs(face!.box.x + face!.box.width / 2 - x)).toBeLessThan(tolerance);
				expect(Math.abs(face!.box.y + face!.box.height / 2 - y)).toBeLessThan(tolerance);
				expect(face!.box.width * placing.scale).toBeCloseTo(30, 3);
				expect(Math.abs(face!.landmarks[2]! - x - 1 / placing.scale)).toBeLessThan(tolerance);
				expect(Math.abs(face!.landmarks[3]! - y + 1 / placing.scale)).toBeLessThan(tolerance);
				expect(face!.score).toBeCloseTo(0.9, 5);
			}
		)
	);
});

it('makes one face of boxes that overlap, weighted by their scores, and keeps others', () => {
	const { scores, boxes } = output([
		{ x: 100, y: 100, side: 40, score: 0.9 },
		{ x: 106, y: 100, side: 40, score: 0.6, cell: 25 * 48 + 27 },
		{ x: 40, y: 40, side: 40, score: 0.7 },
		{ x: 160, y: 160, side: 40, score: 0.4 }
	]);
	const faces = readDetections(scores, boxes, { scale: 1, left: 0, top: 0 });
	expect(faces.map(({ score }) => Number(score.toFixed(3)))).toEqual([0.9, 0.7]);
	const middle = faces[0]!.box.x + 20;
	expect(middle).toBeCloseTo((0.9 * 100 + 0.6 * 106) / 1.5, 3);
});

it('takes nothing for a face that is no number', () => {
	const { scores, boxes } = output([{ x: 100, y: 100, side: 40, score: 0.9 }]);
	scores.fill(Number.NaN);
	expect(readDetections(scores, boxes, placingOf(192, 192))).toEqual([]);
});

it('puts red, green and blue into planes from -1 to 1', () => {
	const pixels = new Uint8Array(3 * INPUT_SIDE * INPUT_SIDE);
	pixels.set([255, 0, 51]);
	const input = detectorInput(pixels, 3);
	const plane = INPUT_SIDE * INPUT_SIDE;
	expect([input[0], input[plane]]).toEqual([1, -1]);
	expect(input[2 * plane]).toBeCloseTo(-0.6, 5);
});
