// Photos of one moment: what the shutter took in a row, and what looks the same.
import type { Box } from '../faces/sidecar.ts';
import { type Look, differingBits } from './looks.ts';

export interface Moment {
	id: string;
	/** the camera's clock, 2026-01-19T17:03:22; null: it does not say */
	takenAt: string | null;
	camera: string | null;
	/** null: not looked at yet */
	look: Look | null;
}

/** Shots this close in time are of one burst unless they look quite different, seconds. */
const BURST_SECONDS = 2;
const BURST_BITS = 22;
/** Shots of one scene, taken again: alike, and not much later. */
const AGAIN_SECONDS = 60;
const AGAIN_BITS = 10;

const secondsOf = (time: string | null) => (time ? Date.parse(`${time}Z`) / 1000 : Number.NaN);

/**
 * Groups photos by time and look. Each is compared with the one before it of the same camera: a burst drifts.
 * @param photos in the order of time
 * @returns groups of two and more, in order; ids in order
 */
export function burstsOf(photos: readonly Moment[]): string[][] {
	const groups: string[][] = [];
	/** the last of each camera, with its group */
	const last = new Map<string, { photo: Moment; at: number; group: string[] }>();
	for (const photo of photos) {
		const camera = photo.camera ?? '';
		const before = last.get(camera);
		const at = secondsOf(photo.takenAt);
		const gap = before ? at - before.at : Number.NaN;
		let group: string[] | null = null;
		// a time that is unknown is close to nothing
		if (before && gap >= 0 && photo.look && before.photo.look) {
			const bits = differingBits(photo.look.hash, before.photo.look.hash);
			const isBurst = gap <= BURST_SECONDS && bits <= BURST_BITS;
			if (isBurst || (gap <= AGAIN_SECONDS && bits <= AGAIN_BITS)) group = before.group;
		}
		if (group) group.push(photo.id);
		else {
			group = [photo.id];
			groups.push(group);
		}
		last.set(camera, { photo, at, group });
	}
	return groups.filter(({ length }) => length > 1);
}

/** What a photo is judged by, each [0, 1]; null: it says nothing of it. */
export interface Score {
	sharpness: number;
	/** how well faces can be seen: size, sharpness and pose, of the least of them; null: no faces */
	faces: number | null;
	/** how open eyes are, of the one whose are least; null: nobody's could be told, or nobody looked */
	eyes: number | null;
	/** 1: nothing burnt out or black */
	exposure: number;
	/** 1: no face touches the edge; null: no faces */
	framing: number | null;
}

/** How much each counts; they need not add up to anything. */
export type Weights = Record<keyof Score, number>;
export const defaultWeights: Weights = {
	sharpness: 3,
	faces: 4,
	eyes: 4,
	exposure: 1,
	framing: 2
};

/** A face closer to the edge than this part of the photo may be cut. */
const EDGE = 0.004;
/** Faces that are smaller than this part of the largest stand in the background: their eyes do not count. */
const BACKGROUND = 0.4;

interface ScoredFace {
	box: Box;
	quality: number;
	/** how open its eyes are, [0, 1]; null: that could not be told */
	eyes?: number | null;
}

/** Of the people in front, those who blink. */
function leastEyes(faces: readonly ScoredFace[]): number | null {
	const largest = Math.max(...faces.map(({ box }) => box.height));
	const told = faces.flatMap(({ box, eyes }) =>
		eyes != null && box.height >= BACKGROUND * largest ? [eyes] : []
	);
	return told.length === 0 ? null : Math.min(...told);
}

export function scoreOf(look: Look, faces: readonly ScoredFace[]): Score {
	const touches = ({ x, y, width, height }: Box) =>
		x <= EDGE || y <= EDGE || x + width >= 1 - EDGE || y + height >= 1 - EDGE;
	return {
		sharpness: look.sharpness,
		faces: faces.length === 0 ? null : Math.min(...faces.map(({ quality }) => quality)),
		eyes: leastEyes(faces),
		exposure: Math.max(0, 1 - 3 * look.clipped),
		framing:
			faces.length === 0 ? null : 1 - faces.filter(({ box }) => touches(box)).length / faces.length
	};
}

/** The weighted mean of what is known, [0, 1]. */
export function totalOf(score: Score, weights: Weights): number {
	let sum = 0;
	let all = 0;
	for (const name of Object.keys(weights) as (keyof Score)[]) {
		const value = score[name];
		if (value === null) continue;
		sum += weights[name] * value;
		all += weights[name];
	}
	return all === 0 ? 0 : sum / all;
}

/** The best of a group, the first of equals. @returns null for an empty one */
export function bestOf(scores: ReadonlyMap<string, Score>, weights: Weights): string | null {
	let best: { id: string; total: number } | null = null;
	for (const [id, score] of scores) {
		const total = totalOf(score, weights);
		if (!best || total > best.total) best = { id, total };
	}
	return best?.id ?? null;
}
