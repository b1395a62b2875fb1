// Pairs of faces that are near each other, found once and kept: a face that comes is compared with those that are there.
import type { Point } from './cluster.ts';

/** Two faces that may be of one person, by their places in the order in which they came. */
export interface Edge {
	a: number;
	b: number;
	/** squared distance */
	d2: number;
	/** how many of the two have it among their nearest */
	keptBy: number;
}

/** Nearest faces of a face that are kept. */
const NEIGHBOURS = 32;
/** Faces that are compared with all others at a time: they stay near the processor meanwhile. */
const TILE = 32;
/** Dimensions after which it is looked whether a pair is too far apart already: looking costs as well. */
const STEP = 16;
/** Room for what single precision and another order of adding change, before a distance is said exactly. */
const SLACK = 1 + 1e-5;

/** @returns their squared distance, or some of it that is more than the limit */
function roughly(
	vectors: Float32Array,
	a: number,
	b: number,
	dimensions: number,
	limit: number
): number {
	let sum = 0;
	let d = 0;
	for (; d + STEP <= dimensions && sum <= limit; d += STEP) {
		// four sums do not wait for each other
		let s0 = 0;
		let s1 = 0;
		let s2 = 0;
		let s3 = 0;
		for (let k = d; k < d + STEP; k += 4) {
			const d0 = vectors[a + k]! - vectors[b + k]!;
			const d1 = vectors[a + k + 1]! - vectors[b + k + 1]!;
			const d2 = vectors[a + k + 2]! - vectors[b + k + 2]!;
			const d3 = vectors[a + k + 3]! - vectors[b + k + 3]!;
			s0 += d0 * d0;
			s1 += d1 * d1;
			s2 += d2 * d2;
			s3 += d3 * d3;
		}
		sum += s0 + s1 + s2 + s3;
	}
	if (sum > limit) return sum;
	for (; d < dimensions; d++) sum += (vectors[a + d]! - vectors[b + d]!) ** 2;
	return sum;
}

/** The same for the same two faces, whichever comes first. */
function exactly(a: Float32Array, b: Float32Array): number {
	let sum = 0;
	for (let d = 0; d < a.length; d++) sum += (a[d]! - b[d]!) ** 2;
	return sum;
}

export class Neighbours {
	readonly points: Point[] = [];
	#near: Edge[][] = [];
	/** nearest first; `#fresh` are not among them yet */
	#sorted: Edge[] = [];
	#fresh: Edge[] = [];
	/** faces with more than are kept, for the time being */
	#full = new Set<number>();
	#areDropped = false;
	/** all embeddings after each other, dimensions in which faces differ most first: far pairs are known after a few */
	#vectors = new Float32Array(0);
	#order: number[] = [];
	/** faces whose differences the order is of */
	#orderedAt = 0;

	/** @param limit squared distance of the farthest pair that is kept */
	constructor(private readonly limit: number) {}

	/** Makes room for the points, and orders dimensions anew when there are many more faces than at the last time. */
	#lay(from: number): void {
		const { points } = this;
		const dimensions = points[0]!.embedding.length;
		const needed = points.length * dimensions;
		if (points.length >= 2 * this.#orderedAt) {
			this.#order = byVariance(points);
			this.#orderedAt = points.length;
			this.#vectors = new Float32Array(2 * needed);
			from = 0;
		} else if (needed > this.#vectors.length) {
			const larger = new Float32Array(2 * needed);
			larger.set(this.#vectors);
			this.#vectors = larger;
		}
		for (let at = from; at < points.length; at++)
			for (let d = 0; d < dimensions; d++)
				this.#vectors[at * dimensions + d] = points[at]!.embedding[this.#order[d]!]!;
	}

	/** Keeps the nearest of a face; what a full list has no room for is the farthest of it. */
	#note(of: number, edge: Edge): void {
		const list = this.#near[of]!;
		list.push(edge);
		if (list.length <= NEIGHBOURS) return;
		this.#full.add(of);
		if (list.length >= 2 * NEIGHBOURS) this.#drop(of);
	}
	#drop(of: number): void {
		const list = this.#near[of]!.sort(this.#nearestFirst);
		this.#full.delete(of);
		this.#areDropped = true;
		for (const edge of list.splice(NEIGHBOURS)) edge.keptBy--;
	}

	/** ties are broken by ids, so that the order in which faces came does not matter */
	#nearestFirst = (x: Edge, y: Edge): number => {
		if (x.d2 !== y.d2) return x.d2 - y.d2;
		const [x1, x2] = this.#ids(x);
		const [y1, y2] = this.#ids(y);
		if (x1 !== y1) return x1 < y1 ? -1 : 1;
		return x2 < y2 ? -1 : x2 > y2 ? 1 : 0;
	};
	#ids({ a, b }: Edge): [string, string] {
		const [one, other] = [this.points[a]!.id, this.points[b]!.id];
		return one < other ? [one, other] : [other, one];
	}

	/** Adds faces; all embeddings are of one length. */
	add(points: readonly Point[]): void {
		if (points.length === 0) return;
		const first = this.points.length;
		for (const point of points) {
			this.points.push(point);
			this.#near.push([]);
		}
		this.#lay(first);
		const dimensions = points[0]!.embedding.length;
		const rough = this.limit * SLACK;
		const vectors = this.#vectors;
		const meet = (a: number, b: number) => {
			if (roughly(vectors, a * dimensions, b * dimensions, dimensions, rough) > rough) return;
			const [one, other] = [this.points[a]!, this.points[b]!];
			if (one.photo === other.photo) return;
			const d2 = exactly(one.embedding, other.embedding);
			if (d2 > this.limit) return;
			const edge = { a, b, d2, keptBy: 2 };
			this.#fresh.push(edge);
			this.#note(a, edge);
			this.#note(b, edge);
		};
		for (let from = first; from < this.points.length; from += TILE) {
			const to = Math.min(from + TILE, this.points.length);
			for (let a = 0; a < to; a++) for (let b = Math.max(from, a + 1); b < to; b++) meet(a, b);
		}
	}

	/** Of each face its nearest, each pair once, nearest first; never two of one photo. */
	edges(): readonly Edge[] {
		for (const of of this.#full) this.#drop(of);
		const isKept = ({ keptBy }: Edge) => keptBy > 0;
		const fresh = this.#fresh.filter(isKept).sort(this.#nearestFirst);
		const old = this.#areDropped ? this.#sorted.filter(isKept) : this.#sorted;
		this.#fresh = [];
		this.#areDropped = false;
		if (fresh.length === 0) return (this.#sorted = old);
		const all: Edge[] = [];
		let next = 0;
		for (const edge of old) {
			while (next < fresh.length && this.#nearestFirst(fresh[next]!, edge) < 0)
				all.push(fresh[next++]!);
			all.push(edge);
		}
		while (next < fresh.length) all.push(fresh[next++]!);
		return (this.#sorted = all);
	}
}

/** Dimensions, those in which embeddings differ most first. */
function byVariance(points: readonly Point[]): number[] {
	const dimensions = points[0]!.embedding.length;
	const mean = new Float64Array(dimensions);
	const square = new Float64Array(dimensions);
	for (const { embedding } of points)
		for (let d = 0; d < dimensions; d++) {
			mean[d]! += embedding[d]!;
			square[d]! += embedding[d]! ** 2;
		}
	const n = points.length;
	const variance = Array.from(mean, (sum, d) => square[d]! / n - (sum / n) ** 2);
	return variance.map((_, d) => d).sort((a, b) => variance[b]! - variance[a]! || a - b);
}
