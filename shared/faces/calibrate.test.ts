import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PairAnswer, curveOf, fitPairs, sameAt, suggestThreshold } from './calibrate.ts';

const answers = (same: number[], other: number[]): PairAnswer[] => [
	...same.map((distance) => ({ distance, isSame: true })),
	...other.map((distance) => ({ distance, isSame: false }))
];

describe('what answers say of distances', () => {
	it('is a curve that falls where the answers change', () => {
		const fit = fitPairs(answers([0.3, 0.4, 0.45, 0.5, 0.62], [0.55, 0.65, 0.7, 0.8, 0.9]))!;
		expect(sameAt(fit, 0.3)).toBeGreaterThan(0.8);
		expect(sameAt(fit, 0.9)).toBeLessThan(0.2);
		expect(sameAt(fit, 0.58)).toBeGreaterThan(0.3);
		expect(sameAt(fit, 0.58)).toBeLessThan(0.7);
	});
	it('is as likely as the maximum that a search finds', () => {
		const given = answers([0.3, 0.4, 0.45, 0.5, 0.62], [0.55, 0.65, 0.7, 0.8, 0.9]);
		const likelihood = (slope: number, offset: number) =>
			given.reduce((sum, { distance, isSame }) => {
				const target = isSame ? 6 / 7 : 1 / 7;
				const p = sameAt({ slope, offset }, distance);
				return sum + target * Math.log(p) + (1 - target) * Math.log(1 - p);
			}, 0);
		const { slope, offset } = fitPairs(given)!;
		const best = likelihood(slope, offset);
		for (let s = 0; s < 40; s += 0.5)
			for (let o = -30; o < 10; o += 0.5) expect(likelihood(s, o)).toBeLessThanOrEqual(best + 1e-9);
	});
	it('is nothing with few answers, or with answers the wrong way round', () => {
		expect(fitPairs([])).toBeNull();
		expect(fitPairs(answers([0.1, 0.2], [0.5, 0.6, 0.7]))).toBeNull();
		expect(fitPairs(answers([0.8, 0.9, 1], [0.1, 0.2, 0.3]))).toBeNull();
	});
	it('always ends with numbers', () => {
		const distance = fc.double({ min: 0, max: 2, noNaN: true });
		const some = fc.array(distance, { minLength: 3, maxLength: 20 });
		fc.assert(
			fc.property(some, some, (same, other) => {
				const fit = fitPairs(answers(same, other));
				return fit === null || (Number.isFinite(fit.slope) && Number.isFinite(fit.offset));
			})
		);
	});
});

describe('what a threshold does', () => {
	const fit = fitPairs(answers([0.2, 0.3, 0.35, 0.4, 0.4], [0.6, 0.6, 0.7, 0.8, 0.9]))!;
	it('finds more and is right less often, the farther it goes', () => {
		const curve = curveOf(fit, [0, 50, 100, 100, 80, 400, 900, 3_000], 0.1);
		expect(curve.map(({ threshold }) => Math.round(10 * threshold))).toEqual([
			1, 2, 3, 4, 5, 6, 7, 8
		]);
		for (const [i, point] of curve.entries()) {
			if (i === 0) continue;
			expect(point.recall).toBeGreaterThanOrEqual(curve[i - 1]!.recall);
			expect(point.precision).toBeLessThanOrEqual(curve[i - 1]!.precision + 1e-12);
		}
		expect(curve.at(-1)!.recall).toBeCloseTo(1);
	});
	it('is suggested where nearly all that are taken for one person are', () => {
		const at = (precision: number, threshold: number) => ({ precision, threshold, recall: 0.5 });
		expect(suggestThreshold([at(1, 0.3), at(0.995, 0.4), at(0.97, 0.5)])).toBe(0.4);
		expect(suggestThreshold([at(0.9, 0.3)])).toBeNull();
	});
});
