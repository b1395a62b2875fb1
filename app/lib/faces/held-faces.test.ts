import { expect, it } from 'vitest';
import { type Embedder, defaultEmbedder } from '#shared/faces/models.ts';
import type { Face, Sidecar } from '#shared/faces/sidecar.ts';
import { HeldFaces } from './held-faces.ts';

const model: Embedder = { ...defaultEmbedder, dimensions: 2, threshold: 0.5 };
const face = (...embedding: number[]): Face => ({
	box: { x: 0.1, y: 0.1, width: 0.2, height: 0.2 },
	landmarks: Array.from({ length: 12 }, () => 0.2),
	...{ score: 1, quality: 1, embedding: Float32Array.from(embedding) }
});
const photo = (
	name: string,
	...faces: Face[]
): { photo: string; digest: number; sidecar: Sidecar } => ({
	photo: name,
	digest: 1,
	sidecar: { model: model.id, faces }
});
const noGraph = () => Promise.reject(new Error('not needed'));

it('finds photos with a person by a face, and groups what came since it was asked last', async () => {
	const held = new HeldFaces(model, noGraph);
	await held.add([photo('a', face(1, 0), face(0, 1)), photo('b', face(1, 0.1))]);
	expect(held.photosWith('a', 0)).toEqual(['a', 'b']);
	expect(held.photosWith('a', 1)).toEqual(['a']);
	expect(held.photosWith('nowhere', 0)).toEqual([]);
	const groups = () =>
		held
			.group()
			.people({ is: new Map(), isNot: new Map() }, () => true)
			.groups.map(({ faces }) => [...faces].sort());
	expect(groups()).toEqual([['a/0', 'b/0'], ['a/1']]);
	await held.add([photo('c', face(0, 0.9))]);
	expect(groups()).toContainEqual(['a/1', 'c/0']);
});
