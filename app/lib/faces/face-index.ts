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

/** Faces of one photo. */
export interface PhotoFaces {
	photo: string;
	/** of the sidecar: faces that were found anew are others */
	digest: number;
	embeddings: readonly Float32Array[];
}

/** Photos in the order of their labels in a graph. */
export type Labels = { photo: string; digest: number; faces: number }[];

/** New faces beyond which a graph is worth writing again, and lost ones beyond which it is built anew, in parts of all. */
const MANY_NEW = 0.02;
const MANY_LOST = 0.2;

/** Faces of one event, in memory. */
export class FaceIndex {
	/** by label; null: a face of the graph that is not there (yet) */
	#refs: (FaceRef | null)[] = [];
	#vectors: Float32Array;
	#graph: Graph | null = null;
	#labels: Labels = [];
	/** what a graph from an earlier time holds, until its photo is added */
	#waiting = new Map<string, { digest: number; faces: number; label: number }>();
	#size = 0;
	#saved = 0;

	/** @param makeGraph makes an empty graph; called once, when exact search no longer pays */
	constructor(
		private readonly dimensions: number,
		private readonly makeGraph: () => Promise<Graph>,
		private readonly exactUpTo = EXACT_UP_TO
	) {
		this.#vectors = new Float32Array(dimensions * 1024);
	}

	get size(): number {
		return this.#size;
	}

	/** Takes a graph from an earlier time, before anything is added. What it holds counts once its photo is added, unless that has changed. */
	restore(graph: Graph, labels: Labels): void {
		if (this.#refs.length > 0) throw new Error('restore what is empty');
		this.#graph = graph;
		for (const { photo, digest, faces } of labels) {
			this.#waiting.set(photo, { digest, faces, label: this.#refs.length });
			for (let face = 0; face < faces; face++) this.#refs.push(null);
		}
		this.#labels = [...labels];
		this.#saved = this.#refs.length;
		this.#makeRoom(this.#refs.length);
	}

	/** Adds photos; each embedding of `dimensions` numbers. */
	async add(photos: readonly PhotoFaces[]): Promise<void> {
		const fresh: number[] = [];
		for (const { photo, digest, embeddings } of photos) {
			const held = this.#waiting.get(photo);
			this.#waiting.delete(photo);
			const isHeld = held?.digest === digest && held.faces === embeddings.length;
			const first = isHeld ? held.label : this.#refs.length;
			if (!isHeld && embeddings.length > 0)
				this.#labels.push({ photo, digest, faces: embeddings.length });
			this.#makeRoom(first + embeddings.length);
			for (const [face, embedding] of embeddings.entries()) {
				this.#refs[first + face] = { photo, face };
				this.#vectors.set(embedding, (first + face) * this.dimensions);
				if (!isHeld) fresh.push(first + face);
			}
			this.#size += embeddings.length;
		}
		if (!this.#graph) {
			if (this.#refs.length <= this.exactUpTo) return;
			this.#graph = await this.makeGraph();
			fresh.splice(0, fresh.length, ...this.#refs.keys());
		}
		if (fresh.length > 0)
			this.#graph.add(
				fresh.map((label) => this.#vector(label)),
				fresh
			);
	}

	/**
	 * What the graph holds, once all photos are added.
	 * @returns 'same' when it is hardly more than what was saved, or there is no graph; 'drop' when much of it is not there any more
	 */
	unsaved(): Labels | 'same' | 'drop' {
		if (!this.#graph) return 'same';
		const all = this.#refs.length;
		if (all - this.#size > MANY_LOST * all) return 'drop';
		if (this.#saved > 0 && all - this.#saved < MANY_NEW * all) return 'same';
		return this.#labels;
	}
	/** It was written as `unsaved` said. */
	saved(): void {
		this.#saved = this.#refs.length;
	}

	#makeRoom(faces: number): void {
		const needed = faces * this.dimensions;
		if (needed <= this.#vectors.length) return;
		const larger = new Float32Array(Math.max(needed, this.#vectors.length * 2));
		larger.set(this.#vectors);
		this.#vectors = larger;
	}

	#vector(index: number): Float32Array {
		return this.#vectors.subarray(index * this.dimensions, (index + 1) * this.dimensions);
	}

	/** Faces at most `threshold` away, nearest first. */
	search(probe: Float32Array, threshold: number, limit = 1_000): FaceHit[] {
		const hitsAmong = (candidates: Iterable<number>) => {
			const hits: FaceHit[] = [];
			for (const index of candidates) {
				const ref = this.#refs[index];
				if (!ref) continue;
				const distance = distanceOf(this.#vector(index), probe);
				if (distance <= threshold) hits.push({ ...ref, distance });
			}
			return hits;
		};
		let hits: FaceHit[];
		if (this.#graph) {
			// few people are on more photos than the first step asks for, and each step costs as much as it asks for
			for (let wanted = Math.min(FIRST_ASKED, limit); ; wanted = Math.min(4 * wanted, limit)) {
				const near = this.#graph.nearest(probe, wanted);
				hits = hitsAmong(near);
				// those that are not there any more are no reason to stop
				const lost = near.filter((index) => !this.#refs[index]).length;
				if (hits.length + lost < wanted || wanted >= limit) break;
			}
		} else hits = hitsAmong(this.#refs.keys());
		return hits
			.sort((a, b) => a.distance - b.distance || (a.photo < b.photo ? -1 : 1))
			.slice(0, limit);
	}
}
