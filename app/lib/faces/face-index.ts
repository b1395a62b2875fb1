// Search by face on this device: exact up to 30 000 faces, by a graph beyond (measured: exact takes 1 ms for
// 10 000 and 15 ms for 100 000; the graph is slower to build and is right in 99.7 % of cases).
import { distanceOf } from '#shared/faces/geometry.ts';

/** A face by where it is. */
export interface FaceRef {
	photo: string;
	face: number;
}

export interface FaceHit extends FaceRef {
	distance: number;
}

/** Faces above which the graph is built. */
export const EXACT_UP_TO = 30_000;

/** Neighbours that the graph is asked for at first. */
const FIRST_ASKED = 128;

/** A nearest-neighbour graph, as hnswlib gives it. */
export interface Graph {
	add(vectors: Float32Array[], labels: number[]): void;
	/** labels of the nearest, at most `count` */
	nearest(vector: Float32Array, count: number): number[];
}

/** Faces of one event, in memory. */
export class FaceIndex {
	#refs: FaceRef[] = [];
	#vectors: Float32Array;
	#graph: Graph | null = null;

	/** @param makeGraph makes an empty graph; called once, when exact search no longer pays */
	constructor(
		private readonly dimensions: number,
		private readonly makeGraph: () => Promise<Graph>,
		private readonly exactUpTo = EXACT_UP_TO
	) {
		this.#vectors = new Float32Array(dimensions * 1024);
	}

	get size(): number {
		return this.#refs.length;
	}

	/** Adds faces; each of `dimensions` numbers. */
	async add(faces: { ref: FaceRef; embedding: Float32Array }[]): Promise<void> {
		const from = this.#refs.length;
		const needed = (from + faces.length) * this.dimensions;
		if (needed > this.#vectors.length) {
			const larger = new Float32Array(Math.max(needed, this.#vectors.length * 2));
			larger.set(this.#vectors);
			this.#vectors = larger;
		}
		for (const [i, { ref, embedding }] of faces.entries()) {
			this.#refs.push(ref);
			this.#vectors.set(embedding, (from + i) * this.dimensions);
		}
		if (this.#refs.length <= this.exactUpTo) return;
		const first = this.#graph ? from : 0;
		this.#graph ??= await this.makeGraph();
		const labels = Array.from({ length: this.#refs.length - first }, (_, i) => first + i);
		this.#graph.add(
			labels.map((label) => this.#vector(label)),
			labels
		);
	}

	#vector(index: number): Float32Array {
		return this.#vectors.subarray(index * this.dimensions, (index + 1) * this.dimensions);
	}

	/** Faces at most `threshold` away, nearest first. */
	search(probe: Float32Array, threshold: number, limit = 1_000): FaceHit[] {
		const hitsAmong = (candidates: Iterable<number>) => {
			const hits: FaceHit[] = [];
			for (const index of candidates) {
				const distance = distanceOf(this.#vector(index), probe);
				if (distance <= threshold) hits.push({ ...this.#refs[index]!, distance });
			}
			return hits;
		};
		let hits: FaceHit[];
		if (this.#graph) {
			// few people are on more photos than the first step asks for, and each step costs as much as it asks for
			let wanted = Math.min(FIRST_ASKED, limit);
			hits = hitsAmong(this.#graph.nearest(probe, wanted));
			while (hits.length === wanted && wanted < limit) {
				wanted = Math.min(4 * wanted, limit);
				hits = hitsAmong(this.#graph.nearest(probe, wanted));
			}
		} else hits = hitsAmong(this.#refs.keys());
		return hits
			.sort((a, b) => a.distance - b.distance || (a.photo < b.photo ? -1 : 1))
			.slice(0, limit);
	}
}
