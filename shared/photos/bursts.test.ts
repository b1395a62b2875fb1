import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Moment, bestOf, burstsOf, defaultWeights, scoreOf, totalOf } from './bursts.ts';
import { clippedOf, differenceHash, differingBits, greyOf, sharpnessOf } from './looks.ts';

const A = '0000000000000000';
const NEAR = '00000000000000ff';
const FAR = 'ffffffffffffffff';
const photo = (
	id: string,
	second: number | null,
	hash: string | null = A,
	camera = 'X'
): Moment => ({
	id,
	camera,
	takenAt: second === null ? null : new Date(second * 1000).toISOString().slice(0, 19),
	look: hash === null ? null : { hash, sharpness: 0.5, clipped: 0 }
});

describe('bursts', () => {
	it('are what the shutter took in a row, and what looks the same a little later', () => {
		const photos = [
			photo('a', 0),
			photo('b', 1),
			photo('c', 1, NEAR),
			photo('d', 40, NEAR),
			photo('e', 300, NEAR),
			photo('f', 301, FAR)
		];
		expect(burstsOf(photos)).toEqual([['a', 'b', 'c', 'd']]);
	});
	it('of two cameras are apart, though they shoot by turns', () => {
		const photos = [photo('a', 0), photo('x', 0, FAR, 'Y'), photo('b', 1), photo('y', 1, FAR, 'Y')];
		expect(burstsOf(photos)).toEqual([
			['a', 'b'],
			['x', 'y']
		]);
	});
	it('need a time and a look', () => {
		expect(burstsOf([photo('a', null), photo('b', null)])).toEqual([]);
		expect(burstsOf([photo('a', 0, null), photo('b', 0)])).toEqual([]);
	});
	it('hold each photo at most once', () => {
		const some = fc.array(
			fc.record({
				second: fc.nat(100),
				hash: fc.constantFrom(A, NEAR, FAR),
				camera: fc.constantFrom('X', 'Y')
			})
		);
		fc.assert(
			fc.property(some, (all) => {
				const photos = all
					.sort((a, b) => a.second - b.second)
					.map(({ second, hash, camera }, i) => photo(String(i), second, hash, camera));
				const ids = burstsOf(photos).flat();
				expect(new Set(ids).size).toBe(ids.length);
			})
		);
	});
});

describe('the best', () => {
	const box = { x: 0.4, y: 0.4, width: 0.1, height: 0.1 };
	const look = { hash: A, sharpness: 0.6, clipped: 0 };
	it('is sharp, with faces that can be seen and nobody cut', () => {
		const good = scoreOf(look, [{ box, quality: 0.8 }]);
		const cut = scoreOf(look, [{ box: { ...box, x: 0 }, quality: 0.8 }]);
		const closed = scoreOf(look, [
			{ box, quality: 0.8 },
			{ box, quality: 0.2 }
		]);
		const blurred = scoreOf({ ...look, sharpness: 0.1 }, [{ box, quality: 0.8 }]);
		for (const worse of [cut, closed, blurred])
			expect(totalOf(worse, defaultWeights)).toBeLessThan(totalOf(good, defaultWeights));
		expect(
			bestOf(
				new Map([
					['a', cut],
					['b', good],
					['c', good]
				]),
				defaultWeights
			)
		).toBe('b');
	});
	it('has nobody in front who blinks', () => {
		const front = { box, quality: 0.8 };
		const behind = { box: { ...box, width: 0.03, height: 0.03 }, quality: 0.8 };
		const of = (...eyes: (number | null)[]) =>
			scoreOf(look, [
				{ ...front, eyes: eyes[0]! },
				{ ...front, eyes: eyes[1]! },
				{ ...behind, eyes: eyes[2]! }
			]);
		expect(of(1, 0.9, 0).eyes).toBe(0.9);
		expect(of(1, null, 0).eyes).toBe(1);
		expect(of(null, null, 1).eyes).toBeNull();
		expect(scoreOf(look, []).eyes).toBeNull();
		const all = new Map([
			['blinks', of(1, 0, 1)],
			['looks', of(1, 1, 0)]
		]);
		expect(bestOf(all, defaultWeights)).toBe('looks');
		// the first of equals, where eyes count for nothing
		expect(bestOf(all, { ...defaultWeights, eyes: 0 })).toBe('blinks');
	});
	it('goes by what it is told to go by', () => {
		const sharp = scoreOf({ ...look, sharpness: 0.9, clipped: 0.3 }, []);
		const exposed = scoreOf({ ...look, sharpness: 0.3 }, []);
		const both = new Map([
			['sharp', sharp],
			['exposed', exposed]
		]);
		const only = { sharpness: 0, faces: 0, eyes: 0, exposure: 0, framing: 0 };
		expect(bestOf(both, { ...only, sharpness: 1 })).toBe('sharp');
		expect(bestOf(both, { ...only, exposure: 1 })).toBe('exposed');
		expect(totalOf(sharp, only)).toBe(0);
		expect(bestOf(new Map(), only)).toBeNull();
	});
});

describe('looks', () => {
	it('differ in as many bits as neighbours changed places', () => {
		const rising = Array.from({ length: 72 }, (_, i) => i % 9);
		const falling = rising.map((value) => -value);
		expect(differenceHash(rising)).toBe(A);
		expect(differenceHash(falling)).toBe(FAR);
		expect(differingBits(A, FAR)).toBe(64);
		expect(differingBits(NEAR, NEAR)).toBe(0);
	});
	it('are sharper the more neighbours differ', () => {
		const chequered = Array.from({ length: 100 }, (_, i) => ((i + Math.floor(i / 10)) % 2) * 255);
		expect(sharpnessOf(chequered, 10, 10)).toBeGreaterThan(0.9);
		expect(sharpnessOf(new Array<number>(100).fill(9), 10, 10)).toBe(0);
		expect(sharpnessOf([], 0, 0)).toBe(0);
	});
	it('count what is burnt out or black', () => {
		expect(clippedOf([0, 255, 128, 100])).toBe(0.5);
		expect([...greyOf(Uint8ClampedArray.of(255, 255, 255, 255))][0]).toBeCloseTo(255);
	});
});
