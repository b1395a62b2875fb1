import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distanceOf, newAmong, overlapOf, similarityOf, suppress, tilesOf } from './geometry.ts';
import { defaultEmbedder } from './models.ts';
import { brightnessOf, qualityOf, sharpnessOf, turnOf } from './quality.ts';
import { type Face, dimensionsOf, embeddingFault, readSidecar, writeSidecar } from './sidecar.ts';

const embedderOf = (id: string) => (id === defaultEmbedder.id ? defaultEmbedder : undefined);
const embedding = (scale = 1.4) => Float32Array.from({ length: 128 }, () => scale / Math.sqrt(128));
const face = (changes: Partial<Face> = {}): Face => ({
	box: { x: 0.25, y: 0.25, width: 0.125, height: 0.125 },
	landmarks: Array.from({ length: 12 }, (_, i) => i / 16),
	score: 0.5,
	quality: 0.75,
	embedding: embedding(),
	...changes
});
const write = (faces: Face[], model = defaultEmbedder.id) => writeSidecar({ model, faces }, 128);

describe('face sidecars', () => {
	it('read as they were written', () => {
		const faces = [face(), face({ score: 1 })];
		expect(readSidecar(write(faces), embedderOf)).toEqual({ model: defaultEmbedder.id, faces });
		expect(readSidecar(write([]), embedderOf).faces).toEqual([]);
	});
	it('of a model that is gone are read as far as they can be, and one without faces by every version', () => {
		const wide = face({ embedding: Float32Array.from({ length: 512 }, () => 0.01) });
		const sidecar = { model: 'gone', faces: [wide] };
		expect(readSidecar(writeSidecar(sidecar, dimensionsOf(sidecar)), 'any')).toEqual(sidecar);
		const nan = { model: 'gone', faces: [face({ embedding: embedding().fill(Number.NaN) })] };
		expect(() => readSidecar(writeSidecar(nan, 128), 'any')).toThrow('no numbers');
		// an earlier version compares this number with that of the only model that it knows
		expect(dimensionsOf({ model: defaultEmbedder.id, faces: [] })).toBe(defaultEmbedder.dimensions);
	});
	it.each([
		['another model', write([face()], 'other')],
		['a box outside of the photo', write([face({ box: { x: 3, y: 0, width: 1, height: 1 } })])],
		['a box of no size', write([face({ box: { x: 0, y: 0, width: 0, height: 1 } })])],
		['not a number', write([face({ embedding: embedding().fill(Number.NaN, 0, 1) })])],
		['infinity', write([face({ embedding: embedding().fill(Infinity, 0, 1) })])],
		['a norm that no face has', write([face({ embedding: embedding(40) })])],
		['zeros', write([face({ embedding: new Float32Array(128) })])],
		['a score of 2', write([face({ score: 2 })])],
		['a cut file', write([face()]).slice(0, 300)],
		['a long file', new Uint8Array([...write([face()]), 0])],
		['nothing', new Uint8Array()]
	])('refuse %s', (_, bytes) => {
		expect(() => readSidecar(bytes, embedderOf)).toThrow('Damaged face sidecar');
	});
	it('answer any damage with a clear error', () => {
		const good = write([face(), face()]);
		fc.assert(
			fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
				const damaged = good.slice();
				damaged[at] = byte;
				try {
					readSidecar(damaged, embedderOf);
				} catch (error) {
					expect((error as Error).message).toContain('Damaged face sidecar');
				}
			}),
			{ numRuns: 2_000 }
		);
	});
	it('name what is wrong with an embedding', () => {
		expect(embeddingFault([1, 2], defaultEmbedder)).toContain('128 numbers');
		expect(embeddingFault(embedding(), defaultEmbedder)).toBeNull();
	});
});

describe('geometry', () => {
	it('covers a photo with overlapping parts', () => {
		const tiles = tilesOf(6000, 4000, 2);
		expect(tiles).toHaveLength(4);
		expect(Math.max(...tiles.map(({ x, width }) => x + width))).toBeCloseTo(6000, -1);
		const [first, second] = tiles;
		expect((first!.x + first!.width - second!.x) / first!.width).toBeCloseTo(1 / 3, 2);
	});
	it('finds the turn, scale and shift that made points from others', () => {
		const number = fc.double({ min: -3, max: 3, noNaN: true });
		fc.assert(
			fc.property(number, number, number, number, (a, b, tx, ty) => {
				fc.pre(Math.hypot(a, b) > 0.01);
				const points = [
					[10, 20],
					[40, 22],
					[24, 60]
				] as const;
				const targets = points.map(([x, y]) => [a * x - b * y + tx, b * x + a * y + ty] as const);
				const found = similarityOf(points, targets);
				expect(found.a).toBeCloseTo(a, 6);
				expect(found.b).toBeCloseTo(b, 6);
				expect(found.tx).toBeCloseTo(tx, 4);
				expect(found.ty).toBeCloseTo(ty, 4);
			})
		);
	});
	it('keeps one box of each face, the best', () => {
		const box = (x: number, width = 10) => ({ x, y: 0, width, height: width });
		const kept = suppress([
			{ box: box(0), score: 0.6 },
			{ box: box(1), score: 0.9 },
			{ box: box(50), score: 0.7 },
			{ box: box(52, 5), score: 0.8 }
		]);
		expect(kept.map(({ score }) => score)).toEqual([0.9, 0.8]);
		expect(overlapOf(box(0), box(20))).toBe(0);
	});
	it('measures distance', () => {
		expect(distanceOf([0, 3], [4, 0])).toBe(5);
	});
});

describe('quality', () => {
	const landmarks = (nose: number) => [0, 0, 10, 0, nose, 5, 5, 9, -2, 2, 12, 2];
	it('judges size, focus and pose', () => {
		expect(turnOf(landmarks(5))).toBe(0);
		expect(turnOf(landmarks(10))).toBe(1);
		expect(qualityOf(200, 500, 0)).toBe(1);
		expect(qualityOf(30, 500, 0)).toBeLessThan(0.3);
		expect(qualityOf(200, 2, 0)).toBeLessThan(0.2);
		expect(qualityOf(200, 500, 1)).toBeLessThan(0.3);
	});
	it('tells flat from sharp, dark from light', () => {
		const flat = new Uint8ClampedArray(16 * 16 * 4).fill(128);
		const sharp = flat.map((value, i) => (Math.floor(i / 4) % 2 ? 255 : value));
		expect(sharpnessOf(flat, 16)).toBe(0);
		expect(sharpnessOf(sharp, 16)).toBeGreaterThan(100);
		expect(brightnessOf(flat)).toBeCloseTo(0.5, 1);
	});
});

it('takes no part of a known face for a new one, and a face beside it for one', () => {
	const face = { box: { x: 100, y: 100, width: 200, height: 200 } };
	const eye = { box: { x: 150, y: 150, width: 40, height: 40 } };
	const behind = { box: { x: 310, y: 100, width: 40, height: 40 } };
	const hardly = { box: { x: 290, y: 100, width: 40, height: 40 } };
	expect(newAmong([eye, behind, hardly], [face])).toEqual([behind, hardly]);
	expect(newAmong([eye], [])).toEqual([eye]);
});
