// What MediaPipe's full-range BlazeFace says, read as its own graph reads it (face_detection_full_range.pbtxt: anchors of
// one layer of stride 4, scores by sigmoid, weighted suppression), for where MediaPipe itself does not run.
import { overlapOf } from './geometry.ts';
import type { Network } from './network.ts';
import type { Box, Landmarks } from './sidecar.ts';

/** A face as a detector gives it, in pixels of the picture that it was given. */
export interface Detection {
	box: Box;
	landmarks: Landmarks;
	/** [0, 1] */
	score: number;
}

/** Side of the network's square input, pixels. */
export const INPUT_SIDE = 192;
/** Cells along one side; each has one anchor, in its middle. */
const CELLS = 48;
const COORDINATES = 16;
/** Below, detections are noise on hands and clothes; measured in tests/bench/accuracy. */
export const MIN_SCORE = 0.5;
/** Boxes that share more, as intersection over union, are of one face. */
export const MAX_OVERLAP = 0.3;

/** Where a picture lies in the network's input: its proportions are kept, and what is left over is black. */
export interface Placing {
	/** of the input for one of the picture, pixels */
	scale: number;
	left: number;
	top: number;
}
export function placingOf(width: number, height: number): Placing {
	const scale = INPUT_SIDE / Math.max(width, height);
	return {
		scale,
		left: (INPUT_SIDE - width * scale) / 2,
		top: (INPUT_SIDE - height * scale) / 2
	};
}

/**
 * The network's input.
 * @param pixels of a square of INPUT_SIDE
 * @param channels of each pixel; the first three are red, green and blue
 * @returns [3, side, side], -1 to 1
 */
export function detectorInput(pixels: ArrayLike<number>, channels: 3 | 4): Float32Array {
	const plane = INPUT_SIDE * INPUT_SIDE;
	const input = new Float32Array(3 * plane);
	for (let channel = 0; channel < 3; channel++)
		for (let i = 0; i < plane; i++)
			input[channel * plane + i] = pixels[channels * i + channel]! / 127.5 - 1;
	return input;
}

/**
 * @param scores [CELLS * CELLS], before the sigmoid
 * @param boxes [CELLS * CELLS, 16]: centre, size and six points, in pixels from the anchor
 * @returns faces in pixels of the picture, best first
 */
export function readDetections(
	scores: ArrayLike<number>,
	boxes: ArrayLike<number>,
	{ scale, left, top }: Placing
): Detection[] {
	const found: Detection[] = [];
	for (let cell = 0; cell < CELLS * CELLS; cell++) {
		const score = 1 / (1 + Math.exp(-scores[cell]!));
		if (!(score >= MIN_SCORE)) continue;
		const anchor = [
			(((cell % CELLS) + 0.5) / CELLS) * INPUT_SIDE,
			((Math.floor(cell / CELLS) + 0.5) / CELLS) * INPUT_SIDE
		];
		const margin = [left, top];
		const at = (i: number) =>
			(boxes[cell * COORDINATES + i]! + anchor[i % 2]! - margin[i % 2]!) / scale;
		const width = boxes[cell * COORDINATES + 2]! / scale;
		const height = boxes[cell * COORDINATES + 3]! / scale;
		found.push({
			box: { x: at(0) - width / 2, y: at(1) - height / 2, width, height },
			landmarks: Array.from({ length: COORDINATES - 4 }, (_, i) => at(4 + i)),
			score
		});
	}
	return blend(found);
}

/** Each face once: where its boxes and points lie on average, weighted by their scores (Bazarevsky et al. 2019, "BlazeFace"). */
function blend(detections: Detection[]): Detection[] {
	const blended: Detection[] = [];
	let left = [...detections].sort((a, b) => b.score - a.score);
	while (left.length > 0) {
		const best = left[0]!;
		const same = left.filter(
			(other) => other === best || overlapOf(other.box, best.box) > MAX_OVERLAP
		);
		left = left.filter((other) => !same.includes(other));
		const total = same.reduce((sum, { score }) => sum + score, 0);
		const mean = (of: (detection: Detection) => number) =>
			same.reduce((sum, each) => sum + each.score * of(each), 0) / total;
		blended.push({
			box: {
				x: mean(({ box }) => box.x),
				y: mean(({ box }) => box.y),
				width: mean(({ box }) => box.width),
				height: mean(({ box }) => box.height)
			},
			landmarks: best.landmarks.map((_, i) => mean(({ landmarks }) => landmarks[i]!)),
			score: best.score
		});
	}
	return blended;
}

/**
 * @param network with input 'image' [1, 3, side, side] and outputs 'scores' and 'boxes'
 * @param pixels the picture, placed in a square of INPUT_SIDE by `placingOf`
 */
export async function detectWith(
	network: Network,
	pixels: ArrayLike<number>,
	channels: 3 | 4,
	placing: Placing
): Promise<Detection[]> {
	const dims = [1, 3, INPUT_SIDE, INPUT_SIDE];
	const { scores, boxes } = await network('image', detectorInput(pixels, channels), dims);
	return readDetections(scores!, boxes!, placing);
}
