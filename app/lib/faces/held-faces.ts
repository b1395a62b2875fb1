import type { Embedder } from '#shared/faces/models.ts';
import type { Face, Sidecar } from '#shared/faces/sidecar.ts';
import { Grouping } from '#shared/people/cluster.ts';
import { FaceIndex, type Graph } from './face-index.ts';

/** Faces of one event that one model made: faces of two models have nothing to do with each other. */
export class HeldFaces {
	readonly faces = new Map<string, Face[]>();
	readonly grouping: Grouping;
	readonly index: FaceIndex;
	/** photos whose faces nobody has asked to be grouped yet */
	#ungrouped: string[] = [];

	constructor(
		readonly model: Embedder,
		makeGraph: (dimensions: number) => Promise<Graph>
	) {
		this.grouping = new Grouping(model.threshold);
		this.index = new FaceIndex(model.dimensions, () => makeGraph(model.dimensions));
	}

	/** @param sidecars of photos that are not held */
	async add(sidecars: { photo: string; sidecar: Sidecar }[]): Promise<void> {
		const fresh = sidecars.flatMap(({ photo, sidecar }) => {
			this.faces.set(photo, sidecar.faces);
			this.#ungrouped.push(photo);
			return sidecar.faces.map(({ embedding }, face) => ({ ref: { photo, face }, embedding }));
		});
		await this.index.add(fresh);
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
