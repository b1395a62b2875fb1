// Which distance tells two people apart, from what somebody says of some pairs of a studio's own faces.

export interface PairAnswer {
	distance: number;
	isSame: boolean;
}

/** How likely two faces at a distance are one person, as answers let one expect: 1 / (1 + exp(slope * distance + offset)). */
export interface Fit {
	slope: number;
	offset: number;
}

/** Of pairs taken for one person, so many should be one. */
const PRECISION = 0.99;
/** Fewer answers of either kind say too little. */
export const MIN_ANSWERS = 3;
const ROUNDS = 100;

/** Probability that a pair is one person. */
export const sameAt = ({ slope, offset }: Fit, distance: number): number =>
	1 / (1 + Math.exp(slope * distance + offset));

/**
 * Fits a logistic curve, with targets a little inside of 0 and 1 so that answers which part cleanly do not make it a cliff (Platt
 * 1999, 'Probabilistic outputs for support vector machines'); Newton's method with step halving (Lin, Lin and Weng 2007).
 * @returns null when there are too few answers, or people say that farther pairs are more alike
 */
export function fitPairs(answers: readonly PairAnswer[]): Fit | null {
	const same = answers.filter(({ isSame }) => isSame).length;
	const other = answers.length - same;
	if (same < MIN_ANSWERS || other < MIN_ANSWERS) return null;
	const targets = answers.map(({ isSame }) => (isSame ? (same + 1) / (same + 2) : 1 / (other + 2)));
	const costOf = (fit: Fit) =>
		answers.reduce((sum, { distance }, i) => {
			const z = fit.slope * distance + fit.offset;
			// log(1 + e^z) without overflow
			const soft = z > 0 ? z + Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z));
			return sum + soft - (1 - targets[i]!) * z;
		}, 0);
	let fit: Fit = { slope: 0, offset: Math.log((other + 1) / (same + 1)) };
	let cost = costOf(fit);
	for (let round = 0; round < ROUNDS; round++) {
		let [h11, h12, h22, g1, g2] = [1e-12, 0, 1e-12, 0, 0];
		for (const [i, { distance }] of answers.entries()) {
			const p = sameAt(fit, distance);
			const weight = p * (1 - p);
			const error = targets[i]! - p;
			h11 += weight * distance * distance;
			h12 += weight * distance;
			h22 += weight;
			g1 += error * distance;
			g2 += error;
		}
		if (Math.abs(g1) < 1e-6 && Math.abs(g2) < 1e-6) break;
		const determinant = h11 * h22 - h12 * h12;
		const step = {
			slope: -(h22 * g1 - h12 * g2) / determinant,
			offset: -(h11 * g2 - h12 * g1) / determinant
		};
		let size = 1;
		let next = fit;
		for (; size > 1e-10; size /= 2) {
			next = { slope: fit.slope + size * step.slope, offset: fit.offset + size * step.offset };
			if (costOf(next) < cost) break;
		}
		if (size <= 1e-10) break;
		fit = next;
		cost = costOf(fit);
	}
	return fit.slope > 0 ? fit : null;
}

/** What a threshold would do to the faces that were looked at. */
export interface CurvePoint {
	threshold: number;
	/** of the pairs within it, the share that is one person */
	precision: number;
	/** of the pairs that are one person, the share within it */
	recall: number;
}

/**
 * What each threshold would do.
 * @param counts pairs by distance, in steps from 0
 */
export function curveOf(fit: Fit, counts: readonly number[], step: number): CurvePoint[] {
	const same = counts.map((count, i) => count * sameAt(fit, (i + 0.5) * step));
	const all = same.reduce((sum, value) => sum + value, 0);
	let [pairs, right] = [0, 0];
	return counts.map((count, i) => {
		pairs += count;
		right += same[i]!;
		return {
			threshold: (i + 1) * step,
			precision: pairs === 0 ? 1 : right / pairs,
			recall: all === 0 ? 0 : right / all
		};
	});
}

/** The largest threshold that takes few strangers for one person; null: none does. */
export function suggestThreshold(curve: readonly CurvePoint[]): number | null {
	const good = curve.filter(({ precision, recall }) => precision >= PRECISION && recall > 0);
	return good.at(-1)?.threshold ?? null;
}
