import { distanceOf } from '#shared/faces/geometry.ts';
import type { FoundFace } from '../faces/pipeline.ts';

/** What a guest's picture is good for. */
export type Selfie =
	| { kind: 'face'; model: string; embedding: Float32Array }
	| { kind: 'none' }
	| { kind: 'several' }
	| { kind: 'dark' };

/** Mean brightness of the aligned face below which embeddings scatter, [0, 1]. */
const DARK = 0.16;
/** A second face this large beside the first one makes it unclear who is meant. */
const SECOND = 0.45;

const areaOf = ({ box }: FoundFace) => box.width * box.height;

/** Chooses the guest's face: the largest one, unless another is nearly as large. */
export function judgeSelfie(faces: FoundFace[], model: string): Selfie {
	const [first, second] = [...faces].sort((a, b) => areaOf(b) - areaOf(a));
	if (!first) return { kind: 'none' };
	if (second && areaOf(second) > SECOND * areaOf(first)) return { kind: 'several' };
	if (first.brightness < DARK) return { kind: 'dark' };
	return { kind: 'face', model, embedding: first.embedding };
}

/** Distance up to which two frames of one moment show the same face: much nearer than two photos of somebody need be. */
const SAME = 0.42;

/**
 * Joins what was seen in frames of one moment: the mean of the embeddings scatters less than each. A frame in which another face was the largest is left out.
 * @param selfies of one model, in the order in which they were taken
 */
export function joinSelfies(selfies: readonly Selfie[]): Selfie {
	const faces = selfies.filter((selfie) => selfie.kind === 'face');
	const [first] = faces;
	if (!first) return selfies[0] ?? { kind: 'none' };
	const same = faces.filter(({ embedding }) => distanceOf(embedding, first.embedding) <= SAME);
	const mean = first.embedding.map(
		(_, d) => same.reduce((sum, { embedding }) => sum + embedding[d]!, 0) / same.length
	);
	return { ...first, embedding: mean };
}
