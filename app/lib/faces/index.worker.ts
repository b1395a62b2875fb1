// Holds one event's faces and searches them, away from the page.
import { expose } from 'comlink';
import { type Embedder, defaultEmbedder } from '#shared/faces/models.ts';
import { type Face, type Sidecar, readSidecar } from '#shared/faces/sidecar.ts';
import { faceKey, toldOf } from '#shared/people/faces.ts';
import type { Said, WhoIsWho } from '../people/somebody.ts';
import { checksum } from '#sync/replica/checksum.ts';
import type { Labels } from './face-index.ts';
import { makeGraph, readGraph } from './graph.ts';
import { HeldFaces } from './held-faces.ts';

/** Faces by the model that made them: while a studio changes from one to another, there are both. */
const held = new Map<string, HeldFaces>();
const holdingOf = (model: Embedder): HeldFaces => {
	const known = held.get(model.id);
	// with another threshold other faces are of one person
	if (known?.model.threshold === model.threshold) return known;
	const fresh = new HeldFaces(model, makeGraph);
	held.set(model.id, fresh);
	return fresh;
};
let inUse = holdingOf(defaultEmbedder);
/** What is searched: the model in use, or another one for as long as more photos are known by it. */
const mostly = (): HeldFaces =>
	[...held.values()].reduce(
		(best, each) => (each.faces.size > best.faces.size ? each : best),
		inUse
	);
const facesOf = (photo: string): Face[] =>
	mostly().faces.get(photo) ??
	[...held.values()].find(({ faces }) => faces.has(photo))?.faces.get(photo) ??
	[];

const api = {
	/** Says what faces are compared by. @returns whether what was added is to be added again */
	use(model: Embedder): boolean {
		const before = held.get(model.id);
		inUse = holdingOf(model);
		return before !== undefined && before !== inUse;
	},
	/**
	 * Adds sidecars; those that are damaged, or of a model that nobody knows here, are left out.
	 * @returns photos whose faces the model in use made, or that have none
	 */
	async add(sidecars: { photo: string; bytes: Uint8Array }[]): Promise<string[]> {
		const added: string[] = [];
		const fresh = new Map<HeldFaces, { photo: string; sidecar: Sidecar; digest: number }[]>();
		for (const { photo, bytes } of sidecars) {
			let sidecar: Sidecar;
			try {
				sidecar = readSidecar(bytes, (id) => held.get(id)?.model);
			} catch {
				continue;
			}
			const holding = held.get(sidecar.model)!;
			if (holding === inUse || sidecar.faces.length === 0) added.push(photo);
			if (holding.faces.has(photo)) continue;
			const list = fresh.get(holding) ?? [];
			list.push({ photo, sidecar, digest: checksum(bytes) });
			fresh.set(holding, list);
		}
		for (const [holding, list] of fresh) await holding.add(list);
		return added;
	},
	/** Takes the graph of an earlier visit, before anything is added. @returns whether it is of use */
	async restore(name: string, labels: Labels): Promise<boolean> {
		if (inUse.faces.size > 0) return false;
		const count = labels.reduce((sum, { faces }) => sum + faces, 0);
		const graph = await readGraph(inUse.model.dimensions, name, count);
		if (graph) inUse.restore(graph, labels);
		return graph !== null;
	},
	/** What a graph for the next visit would hold: see `FaceIndex`. */
	unsaved: () => inUse.index.unsaved(),
	/** Writes that graph. */
	save: (name: string) => inUse.save(name),
	/** Boxes of a photo's faces, as fractions of it. */
	boxes: (photo: string) => facesOf(photo).map(({ box }) => box),
	/** Photos with the person whose face this is, nearest first. */
	photosWith(photo: string, face: number): string[] {
		const holding = mostly().faces.has(photo)
			? mostly()
			: [...held.values()].find(({ faces }) => faces.has(photo));
		return holding?.photosWith(photo, face) ?? [];
	},
	/** Keys of a photo's faces, in the order of their boxes. */
	keys: (photo: string) => facesOf(photo).map(({ box }) => faceKey(photo, box)),
	/** People that there are on these photos, those in most of them first, and who may be one person. */
	people(photos: readonly string[], { identified, excluded, known, standsFor }: Said): WhoIsWho {
		const holding = mostly();
		const listOf = (photo: string) => holding.faces.get(photo) ?? [];
		const facesHere = (photo: string) => ({
			boxes: listOf(photo).map(({ box }) => box),
			ids: listOf(photo).map((_, face) => `${photo}/${face}`)
		});
		const standing = (person: string) => standsFor.get(person) ?? person;
		const told = toldOf({ identified, excluded }, facesHere, standing);
		// what other events say is believed where nobody has said otherwise
		const elsewhere = toldOf({ identified: known, excluded: [] }, facesHere, standing);
		for (const [face, person] of elsewhere.is)
			if (!told.is.has(face) && !told.isNot.get(face)?.has(person)) told.is.set(face, person);
		const here = new Set(photos);
		const { groups, alike } = holding.group().people(told, (photo) => here.has(photo));
		return {
			people: groups.map(({ person, faces: ids }) => ({
				person,
				faces: ids.map((id) => {
					const [photo, face] = id.split('/') as [string, string];
					const { box } = listOf(photo)[Number(face)]!;
					return { key: faceKey(photo, box), box };
				})
			})),
			alike
		};
	},
	size: () => mostly().index.size
};

export type IndexWorker = typeof api;
expose(api);
