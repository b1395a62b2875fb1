import type { Box } from './sidecar.ts';

/** Why a guest's picture is of no use. */
export type Unclear = 'none' | 'several' | 'dark';

/** Mean brightness of the aligned face below which embeddings scatter, [0, 1]. */
const DARK = 0.16;
/** A second face this large beside the first one makes it unclear who is meant. */
const SECOND = 0.45;

const areaOf = ({ box }: { box: Box }) => box.width * box.height;

/** Chooses the guest's face: the largest one, unless another is nearly as large. */
export function largestFace<Face extends { box: Box }>(
	faces: readonly Face[]
): Face | Exclude<Unclear, 'dark'> {
	const [first, second] = [...faces].sort((a, b) => areaOf(b) - areaOf(a));
	if (!first) return 'none';
	return second && areaOf(second) > SECOND * areaOf(first) ? 'several' : first;
}

/** @param brightness of the aligned face, by `brightnessOf` */
export const isTooDark = (brightness: number): boolean => brightness < DARK;
