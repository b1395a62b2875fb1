import type { Embedder } from '#shared/faces/models.ts';
import type { Face, Sidecar } from '#shared/faces/sidecar.ts';
import { Grouping } from '#shared/people/cluster.ts';
import { FaceIndex, type Labels } from './face-index.ts';
import type { StoredGraph } from './graph.ts';

/** Faces of one event that one model made: faces of two models have nothing to do with each other. */
export class HeldFaces {
	readonly faces = new Map<string, Face[]>();
	readonly grouping: Grouping;
	readonly index: FaceIndex;
	/** photos whose faces nobody has asked to be grouped yet */
	#ungrouped: string[] = [];
	#graph: StoredGraph | null = null;

	constructor(
		readonly model: Embedder,
		makeGraph: (dimensions: number) => Promise<StoredGraph>
	) {
		this.grouping = new Grouping(model.threshold);
		this.index = new FaceIndex(
			model.dimensions,
			async () => (this.#graph = await makeGraph(model.dimensions))
		);
	}

	/** Takes a graph from an earlier time, before anything is added. */
	restore(graph: StoredGraph, labels: Labels): void {
		this.index.restore(graph, labels);
		this.#graph = graph;
	}

	/** Writes the graph on this device. */
	async save(name: string): Promise<void> {
		await this.#graph?.save(name);
		this.index.saved();
	}

	/** @param sidecars of photos that are not held */
	async add(sidecars: { photo: string; sidecar: Sidecar; digest: number }[]): Promise<void> {
		await this.index.add(
			sidecars.map(({ photo, sidecar, digest }) => {
				this.faces.set(photo, sidecar.faces);
				this.#ungrouped.push(photo);
				return { photo, digest, embeddings: sidecar.faces.map(({ embedding }) => embedding) };
			})
		);
	}

	/** Brings the groups up to what is held. */
	group(): Grouping {
		for (const photo of this.#ungrouped)
			this.grouping.add(
				this.faces.get(photo)!.map(({ embedding, quality }, face) => ({
					...{ id: `${photo}/${face}`, photo, embedding, quality }
				}))
			);
		this.#ungrouped = [];
		return this.grouping;
	}

	/** Photos with the person whose face this is, nearest first. */
	photosWith(photo: string, face: number): string[] {
		const probe = this.faces.get(photo)?.[face];
		if (!probe) return [];
		const hits = this.index.search(probe.embedding, this.model.threshold);
		return [...new Set(hits.map((hit) => hit.photo))];
	}
}
