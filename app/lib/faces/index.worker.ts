// Holds one event's faces and searches them, away from the page.
import { expose } from 'comlink';
import { defaultEmbedder, embedders } from '#shared/faces/models.ts';
import { type Face, readSidecar } from '#shared/faces/sidecar.ts';
import { Grouping } from '#shared/people/cluster.ts';
import { faceKey, toldOf } from '#shared/people/faces.ts';
import type { Said, WhoIsWho } from '../people/somebody.ts';
import { FaceIndex } from './face-index.ts';
import { makeGraph } from './graph.ts';

const model = defaultEmbedder;
const index = new FaceIndex(model.dimensions, () => makeGraph(model.dimensions));
const faces = new Map<string, Face[]>();
const grouping = new Grouping(model.threshold);
/** photos whose faces nobody has asked to be grouped yet */
let ungrouped: string[] = [];
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
				ungrouped.push(photo);
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
	/** Keys of a photo's faces, in the order of their boxes. */
	keys: (photo: string) => faces.get(photo)?.map(({ box }) => faceKey(photo, box)) ?? [],
	/** People that there are on these photos, those in most of them first, and who may be one person. */
	people(photos: readonly string[], { identified, excluded, known, standsFor }: Said): WhoIsWho {
		const idsOf = (photo: string) => (faces.get(photo) ?? []).map((_, face) => `${photo}/${face}`);
		for (const photo of ungrouped)
			grouping.add(
				faces.get(photo)!.map(({ embedding, quality }, face) => ({
					...{ id: `${photo}/${face}`, photo, embedding, quality }
				}))
			);
		ungrouped = [];
		const facesOf = (photo: string) => ({
			boxes: (faces.get(photo) ?? []).map(({ box }) => box),
			ids: idsOf(photo)
		});
		const standing = (person: string) => standsFor.get(person) ?? person;
		const told = toldOf({ identified, excluded }, facesOf, standing);
		// what other events say is believed where nobody has said otherwise
		const elsewhere = toldOf({ identified: known, excluded: [] }, facesOf, standing);
		for (const [face, person] of elsewhere.is)
			if (!told.is.has(face) && !told.isNot.get(face)?.has(person)) told.is.set(face, person);
		const here = new Set(photos);
		const { groups, alike } = grouping.people(told, (photo) => here.has(photo));
		const faceOf = (id: string): [string, Face] => {
			const [photo, face] = id.split('/') as [string, string];
			return [photo, faces.get(photo)![Number(face)]!];
		};
		return {
			people: groups.map(({ person, faces: ids }) => {
				const shown = ids.map((id) => {
					const [photo, { box }] = faceOf(id);
					return { key: faceKey(photo, box), box };
				});
				return { person, faces: shown };
			}),
			alike
		};
	},
	size: () => index.size
};

export type IndexWorker = typeof api;
expose(api);
