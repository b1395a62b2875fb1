import { normalise } from '#shared/faces/embed.ts';
import { distanceOf } from '#shared/faces/geometry.ts';
import type { Embedder } from '#shared/faces/models.ts';
import { type Unclear, isTooDark, largestFace } from '#shared/faces/judge.ts';
import type { FoundFace } from '../faces/pipeline.ts';

/** What a guest's picture is good for. */
export type Selfie = { kind: 'face'; model: string; embedding: Float32Array } | { kind: Unclear };

/** Chooses the guest's face, and says why it cannot. */
export function judgeSelfie(faces: FoundFace[], model: string): Selfie {
	const face = largestFace(faces);
	if (typeof face === 'string') return { kind: face };
	if (isTooDark(face.brightness)) return { kind: 'dark' };
	return { kind: 'face', model, embedding: face.embedding };
}

/** Part of the threshold up to which two frames of one moment show the same face: much nearer than two photos of somebody need be. */
const SAME = 0.76;

/**
 * Joins what was seen in frames of one moment: the mean of the embeddings scatters less than each. A frame in which another face was the largest is left out.
 * @param selfies of this model, in the order in which they were taken
 */
export function joinSelfies(
	selfies: readonly Selfie[],
	{ threshold, isNormalised }: Pick<Embedder, 'threshold' | 'isNormalised'>
): Selfie {
	const faces = selfies.filter((selfie) => selfie.kind === 'face');
	const [first] = faces;
	if (!first) return selfies[0] ?? { kind: 'none' };
	const same = faces.filter(
		({ embedding }) => distanceOf(embedding, first.embedding) <= SAME * threshold
	);
	const mean = first.embedding.map(
		(_, d) => same.reduce((sum, { embedding }) => sum + embedding[d]!, 0) / same.length
	);
	return { ...first, embedding: isNormalised ? normalise(mean) : mean };
}
