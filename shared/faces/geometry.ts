import type { Point } from './models.ts';
import type { Box } from './sidecar.ts';

/** A part of a photo, in its pixels. */
export interface Tile {
	x: number;
	y: number;
	width: number;
	height: number;
}

/** Photos of more pixels are looked at in parts besides as a whole. */
export const TILED_ABOVE = 2_000_000;

/**
 * Overlapping parts of a photo, n by n; neighbours share a third of their width, so that a face cut by one
 * border is whole in the next part (as long as it is narrower than the shared part).
 */
export function tilesOf(width: number, height: number, n: number): Tile[] {
	const overlap = 1 / 3;
	const side = 1 / (n - (n - 1) * overlap);
	const step = side * (1 - overlap);
	const tiles: Tile[] = [];
	for (let row = 0; row < n; row++)
		for (let column = 0; column < n; column++)
			tiles.push({
				x: Math.round(column * step * width),
				y: Math.round(row * step * height),
				width: Math.round(side * width),
				height: Math.round(side * height)
			});
	return tiles;
}

/** Intersection over union of two boxes, [0, 1]. */
export function overlapOf(a: Box, b: Box): number {
	const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
	const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
	if (width <= 0 || height <= 0) return 0;
	const shared = width * height;
	return shared / (a.width * a.height + b.width * b.height - shared);
}

/** Share of the smaller box that lies in the other, [0, 1]. */
function containmentOf(a: Box, b: Box): number {
	const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
	const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
	if (width <= 0 || height <= 0) return 0;
	return (width * height) / Math.min(a.width * a.height, b.width * b.height);
}

/**
 * Keeps the best of detections that are of one face (non-maximum suppression). A box inside another is
 * the same face seen in a part that cut it.
 * @returns the kept ones, best first
 */
export function suppress<Detection extends { box: Box; score: number }>(
	detections: Detection[],
	maxOverlap = 0.3
): Detection[] {
	const kept: Detection[] = [];
	for (const detection of [...detections].sort((a, b) => b.score - a.score)) {
		const isKnown = kept.some(
			({ box }) =>
				overlapOf(box, detection.box) > maxOverlap || containmentOf(box, detection.box) > 0.6
		);
		if (!isKnown) kept.push(detection);
	}
	return kept;
}

/** Those of some detections that are of no face that is known: what was seen larger is not taken for a part of itself. */
export const newAmong = <Detection extends { box: Box }>(
	detections: readonly Detection[],
	known: readonly { box: Box }[]
): Detection[] =>
	detections.filter(
		({ box }) =>
			!known.some((other) => overlapOf(other.box, box) > 0.1 || containmentOf(other.box, box) > 0.3)
	);

/** x' = a x - b y + tx; y' = b x + a y + ty */
export interface Similarity {
	a: number;
	b: number;
	tx: number;
	ty: number;
}

/** The rotation, scale and shift that bring points nearest to their targets (least squares; Umeyama 1991). */
export function similarityOf(points: readonly Point[], targets: readonly Point[]): Similarity {
	const n = points.length;
	const mean = (list: readonly Point[]): Point => [
		list.reduce((sum, [x]) => sum + x, 0) / n,
		list.reduce((sum, [, y]) => sum + y, 0) / n
	];
	const [px, py] = mean(points);
	const [qx, qy] = mean(targets);
	let dot = 0;
	let cross = 0;
	let norm = 0;
	for (const [i, [x, y]] of points.entries()) {
		const [u, v] = targets[i]!;
		dot += (x - px) * (u - qx) + (y - py) * (v - qy);
		cross += (x - px) * (v - qy) - (y - py) * (u - qx);
		norm += (x - px) ** 2 + (y - py) ** 2;
	}
	const a = norm > 0 ? dot / norm : 1;
	const b = norm > 0 ? cross / norm : 0;
	return { a, b, tx: qx - (a * px - b * py), ty: qy - (b * px + a * py) };
}

/** Euclidean distance of two embeddings. */
export function distanceOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
	let sum = 0;
	for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
	return Math.sqrt(sum);
}
