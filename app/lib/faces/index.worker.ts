// Holds one event's faces and searches them, away from the page. The one place that knows hnswlib-wasm.
import { expose } from 'comlink';
import { loadHnswlib } from 'hnswlib-wasm';
import { defaultEmbedder, embedders } from '#shared/faces/models.ts';
import { type Face, readSidecar } from '#shared/faces/sidecar.ts';
import { groupFaces } from '#shared/people/cluster.ts';
import type { Somebody } from '../people/somebody.ts';
import { FaceIndex, type Graph } from './face-index.ts';

/** Links of a node, and how widely is looked while building and searching (measured: recall@10 of 0.997). */
const GRAPH = { links: 16, efConstruction: 100, efSearch: 100, seed: 42 };

async function makeGraph(dimensions: number): Promise<Graph> {
	const lib = await loadHnswlib('IDBFS');
	let capacity = 65_536;
	const index = new lib.HierarchicalNSW('l2', dimensions, '');
	index.initIndex(capacity, GRAPH.links, GRAPH.efConstruction, GRAPH.seed);
	index.setEfSearch(GRAPH.efSearch);
	let count = 0;
	return {
		add(vectors, labels) {
			count += vectors.length;
			if (count > capacity) index.resizeIndex((capacity = Math.max(count, capacity * 2)));
			index.addPoints(vectors, labels, false);
		},
		nearest(vector, wanted) {
			index.setEfSearch(Math.max(GRAPH.efSearch, wanted));
			return index.searchKnn(vector, Math.min(wanted, count), undefined).neighbors;
		}
	};
}

const model = defaultEmbedder;
const index = new FaceIndex(model.dimensions, () => makeGraph(model.dimensions));
const faces = new Map<string, Face[]>();
const embedderOf = (id: string) => embedders.find((each) => each.id === id);

const api = {
	/** Adds sidecars; those that are damaged or of another model are left out. @returns photos that were added */
	async add(sidecars: { photo: string; bytes: Uint8Array }[]): Promise<string[]> {
		const added: string[] = [];
		const fresh = sidecars.flatMap(({ photo, bytes }) => {
			if (faces.has(photo)) return [];
			try {
				const found = readSidecar(bytes, embedderOf).faces;
				faces.set(photo, found);
				added.push(photo);
				return found.map(({ embedding }, face) => ({ ref: { photo, face }, embedding }));
			} catch {
				return [];
			}
		});
		await index.add(fresh);
		return added;
	},
	/** Boxes of a photo's faces, as fractions of it. */
	boxes: (photo: string) => faces.get(photo)?.map(({ box }) => box) ?? [],
	/** Photos with the person whose face this is, nearest first. */
	photosWith(photo: string, face: number): string[] {
		const probe = faces.get(photo)?.[face];
		if (!probe) return [];
		return [...new Set(index.search(probe.embedding, model.threshold).map((hit) => hit.photo))];
	},
	/** People that there seem to be on these photos, those in most of them first. */
	people(photos: readonly string[]): Somebody[] {
		const points = photos.flatMap((photo) =>
			(faces.get(photo) ?? []).map(({ embedding, quality }, face) => ({
				id: `${photo}/${face}`,
				photo,
				embedding,
				quality
			}))
		);
		return groupFaces(points, model.threshold).map((ids) => {
			const [photo, face] = ids[0]!.split('/') as [string, string];
			return {
				photo,
				box: faces.get(photo)![Number(face)]!.box,
				photos: ids.map((id) => id.split('/')[0]!)
			};
		});
	},
	size: () => index.size
};

export type IndexWorker = typeof api;
expose(api);
