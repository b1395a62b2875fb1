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
