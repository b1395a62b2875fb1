// Groups faces into people, without being told who they are. Agglomeration over the graph of near faces, nearest first:
// two groups become one only when they are near each other as a whole (average linkage, UPGMA: Sokal and Michener 1958), so
// that a chain of look-alikes does not make one person of many. What no face recognition knows, a photo does: two faces in
// it are two people.

/** A face, as far as grouping needs to know it. */
export interface Point {
	/** unique; ties are broken by it, so that the order of faces does not matter */
	id: string;
	photo: string;
	embedding: Float32Array;
	/** [0, 1] */
	quality: number;
}

/** What is worse than this joins a group, and never brings two together. */
const POOR = 0.12;
/** Nearest faces of a face that are looked at. */
const NEIGHBOURS = 32;
/** Rounds of merging: a group that has grown may be nearer to another one than its faces were. */
const ROUNDS = 4;

/** Faces that are compared with all others at a time. */
const TILE = 32;

interface Edge {
	a: number;
	b: number;
	/** squared distance */
	d2: number;
}

/** All embeddings after each other; dimensions in which faces differ most come first: far pairs are known after a few. */
function byVariance(points: readonly Point[]): { vectors: Float32Array; dimensions: number } {
	const dimensions = points[0]?.embedding.length ?? 0;
	const mean = new Float64Array(dimensions);
	const square = new Float64Array(dimensions);
	for (const { embedding } of points)
		for (let d = 0; d < dimensions; d++) {
			mean[d]! += embedding[d]!;
			square[d]! += embedding[d]! ** 2;
		}
	const n = points.length;
	const variance = Array.from(mean, (sum, d) => square[d]! / n - (sum / n) ** 2);
	const order = variance.map((_, d) => d).sort((a, b) => variance[b]! - variance[a]! || a - b);
	const vectors = new Float32Array(n * dimensions);
	for (const [at, { embedding }] of points.entries())
		for (let d = 0; d < dimensions; d++) vectors[at * dimensions + d] = embedding[order[d]!]!;
	return { vectors, dimensions };
}

/** Dimensions after which it is looked whether a pair is too far apart already: looking costs as well. */
const STEP = 16;

/** @returns their squared distance, or some of it that is more than the limit */
function squaredDistance(
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

/** Pairs at most so far apart, of each face its nearest; never two of one photo. */
function edgesOf(points: readonly Point[], limit: number): Edge[] {
	const { vectors, dimensions } = byVariance(points);
	const near: Edge[][] = points.map(() => []);
	/** keeps the nearest of a face; what a full list has no room for is the farthest of it */
	const note = (of: number, edge: Edge) => {
		const list = near[of]!;
		list.push(edge);
		if (list.length < 2 * NEIGHBOURS) return;
		list.sort((x, y) => x.d2 - y.d2);
		list.length = NEIGHBOURS;
	};
	const meet = (a: number, b: number) => {
		const d2 = squaredDistance(vectors, a * dimensions, b * dimensions, dimensions, limit);
		if (d2 > limit || points[a]!.photo === points[b]!.photo) return;
		const edge = { a, b, d2 };
		note(a, edge);
		note(b, edge);
	};
	// a few faces at a time meet all before them: they stay near the processor meanwhile
	for (let from = 0; from < points.length; from += TILE) {
		const to = Math.min(from + TILE, points.length);
		for (let a = 0; a < to; a++) for (let b = Math.max(from, a + 1); b < to; b++) meet(a, b);
	}
	const all = new Set<Edge>();
	for (const list of near)
		for (const edge of list.sort((x, y) => x.d2 - y.d2).slice(0, NEIGHBOURS)) all.add(edge);
	return [...all].sort((x, y) => x.d2 - y.d2 || x.a - y.a || x.b - y.b);
}

interface Group {
	members: number[];
	photos: Set<string>;
	/** of the embeddings */
	sum: Float64Array;
	/** of their squared norms */
	squares: number;
	/** whether a face of it may bring groups together */
	isSound: boolean;
}

/** Mean of the squared distances between the faces of two groups. */
function apart(a: Group, b: Group): number {
	let dot = 0;
	for (let d = 0; d < a.sum.length; d++) dot += a.sum[d]! * b.sum[d]!;
	const [n, m] = [a.members.length, b.members.length];
	return a.squares / n + b.squares / m - (2 * dot) / (n * m);
}

const meets = (a: Group, b: Group): boolean => {
	const [small, large] = a.photos.size < b.photos.size ? [a, b] : [b, a];
	for (const photo of small.photos) if (large.photos.has(photo)) return true;
	return false;
};

/**
 * @param threshold distance up to which two faces are of one person
 * @returns ids of the faces of each person, best first; the person with most faces first. The same for the same faces,
 * in whatever order they come.
 */
export function groupFaces(faces: readonly Point[], threshold: number): string[][] {
	const points = [...faces].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
	const limit = threshold * threshold;
	const groups = points.map(({ photo, embedding, quality }, at): Group => ({
		members: [at],
		photos: new Set([photo]),
		sum: Float64Array.from(embedding),
		squares: embedding.reduce((sum, value) => sum + value * value, 0),
		isSound: quality >= POOR
	}));
	const merge = (a: Group, b: Group) => {
		const [into, from] = a.members.length >= b.members.length ? [a, b] : [b, a];
		for (const member of from.members) {
			into.members.push(member);
			groups[member] = into;
		}
		for (const photo of from.photos) into.photos.add(photo);
		for (let d = 0; d < into.sum.length; d++) into.sum[d]! += from.sum[d]!;
		into.squares += from.squares;
		into.isSound ||= from.isSound;
	};
	const edges = edgesOf(points, limit);
	const sound = edges.filter(
		({ a, b }) => points[a]!.quality >= POOR && points[b]!.quality >= POOR
	);
	const run = (over: readonly Edge[], may: (a: Group, b: Group) => boolean): boolean => {
		let isAny = false;
		for (const { a, b } of over) {
			const [one, other] = [groups[a]!, groups[b]!];
			if (one === other || !may(one, other) || meets(one, other)) continue;
			if (apart(one, other) > limit) continue;
			merge(one, other);
			isAny = true;
		}
		return isAny;
	};
	for (let round = 0; round < ROUNDS && run(sound, () => true); round++);
	// poor ones join, one by one
	run(edges, (a, b) => !a.isSound || !b.isSound);
	const best = (a: number, b: number) => points[b]!.quality - points[a]!.quality || a - b;
	return [...new Set(groups)]
		.map(({ members }) => members.sort(best))
		.sort((a, b) => b.length - a.length || a[0]! - b[0]!)
		.map((members) => members.map((at) => points[at]!.id));
}
