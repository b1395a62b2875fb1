// Whether eyes are open, by MediaPipe's attention mesh (tools/models/eyes.mjs). Between its networks: where the eyes are on the
// mesh, and what the first network saw there, turned upright.
import { toInput } from './embed.ts';
import type { Embedder } from './models.ts';
import type { Network } from './network.ts';

/** How the mesh wants a face: as large as MediaPipe cuts it out, one and a half times what its detector finds. */
export const eyeInput = {
	size: 192,
	channels: 'rgb',
	mean: [0, 0, 0],
	scale: 255,
	alignment: { rightEye: [67, 75], leftEye: [125, 75], mouth: [96, 133] }
} as const satisfies Partial<Embedder>;

const FEATURES = { side: 48, channels: 32 };
const REGION = 16;
/** How much larger than the eye and its surroundings the region is (`scale_x` of Landmarks2TransformMatrix). */
const MARGIN = 1.5;
/** Outputs are in quarters of the region's pixels. */
const UNITS = 4 * REGION;

/** Points of the mesh around an eye, in the order in which the closer look has them: corner, lower lid, corner, upper lid, and more. */
const around = {
	right: [
		33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173, 130, 25, 110, 24,
		23, 22, 26, 112, 243, 247, 30, 29, 27, 28, 56, 190, 226, 31, 228, 229, 230, 231, 232, 233, 244,
		113, 225, 224, 223, 222, 221, 189, 35, 124, 46, 53, 52, 65, 143, 111, 117, 118, 119, 120, 121,
		128, 245, 156, 70, 63, 105, 66, 107, 55, 193
	],
	left: [
		263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398, 359, 255, 339,
		254, 253, 252, 256, 341, 463, 467, 260, 259, 257, 258, 286, 414, 446, 261, 448, 449, 450, 451,
		452, 453, 464, 342, 445, 444, 443, 442, 441, 413, 265, 353, 276, 283, 282, 295, 372, 340, 346,
		347, 348, 349, 350, 357, 465, 383, 300, 293, 334, 296, 336, 285, 417
	]
};
/** Corners that say how the eye is turned. */
const corners = { right: [33, 133], left: [362, 263] } as const;
const sides = ['right', 'left'] as const;

/** An eye's surroundings on the features, upright. */
interface Region {
	cos: number;
	sin: number;
	/** middle and size, in pixels of the features along the turned axes */
	x: number;
	y: number;
	width: number;
	height: number;
}

function regionOf(points: Float32Array, side: 'right' | 'left'): Region {
	const scale = FEATURES.side / eyeInput.size;
	const at = (i: number) => [points[3 * i]! * scale, points[3 * i + 1]! * scale] as const;
	const [from, to] = corners[side].map(at) as [
		readonly [number, number],
		readonly [number, number]
	];
	const turn = Math.atan2(to[1] - from[1], to[0] - from[0]);
	const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
	let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
	for (const [x, y] of around[side].map(at)) {
		const [u, v] = [x * cos + y * sin, y * cos - x * sin];
		[left, right] = [Math.min(left, u), Math.max(right, u)];
		[top, bottom] = [Math.min(top, v), Math.max(bottom, v)];
	}
	return {
		cos,
		sin,
		x: (left + right) / 2,
		y: (top + bottom) / 2,
		width: (right - left) * MARGIN,
		height: (bottom - top) * MARGIN
	};
}

/** Draws a region of the features (bilinear; nothing outside), into `out` from `at`. */
function cut(features: Float32Array, region: Region, out: Float32Array, at: number): void {
	const { side, channels } = FEATURES;
	const { cos, sin, x, y, width, height } = region;
	for (let row = 0; row < REGION; row++)
		for (let column = 0; column < REGION; column++) {
			const u = x + ((column + 0.5) / REGION - 0.5) * width;
			const v = y + ((row + 0.5) / REGION - 0.5) * height;
			const [px, py] = [u * cos - v * sin - 0.5, u * sin + v * cos - 0.5];
			const [left, top] = [Math.floor(px), Math.floor(py)];
			const [fx, fy] = [px - left, py - top];
			const seen = (dx: number, dy: number) =>
				left + dx >= 0 && left + dx < side && top + dy >= 0 && top + dy < side;
			const corner = (dx: number, dy: number) =>
				seen(dx, dy) ? (dx ? fx : 1 - fx) * (dy ? fy : 1 - fy) : 0;
			const shares = [corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1)];
			const first = top * side + left;
			const places = [first, first + 1, first + side, first + side + 1];
			for (let channel = 0; channel < channels; channel++) {
				let sum = 0;
				for (let i = 0; i < 4; i++)
					if (shares[i]) sum += shares[i]! * features[channel * side * side + places[i]!]!;
				out[at + channel * REGION * REGION + row * REGION + column] = sum;
			}
		}
}

/**
 * How high an eye is for its width (Soukupová and Čech 2016, 'Real-Time Eye Blink Detection using Facial Landmarks', with three pairs of
 * points on the lids). @param points of a closer look, x and y by turns
 */
function aspectOf(points: ArrayLike<number>, { width, height }: Region): number {
	const between = (a: number, b: number) =>
		Math.hypot(
			((points[2 * a]! - points[2 * b]!) / UNITS) * width,
			((points[2 * a + 1]! - points[2 * b + 1]!) / UNITS) * height
		);
	const across = between(0, 8);
	return across === 0 ? 0 : (between(11, 3) + between(12, 4) + between(13, 5)) / 3 / across;
}

/** Aspects of closed and open eyes, chosen by six closed faces and some open ones of the sample photos, without others to check them on: docs/decisions/030. */
const CLOSED = 0.1;
const OPEN = 0.2;

/**
 * How open the eyes of faces are, each [0, 1]: 0 closed, 1 open, between them a squint. The eye that is less open counts twice: the
 * other one may be hidden by hair or by the nose, and is guessed then.
 * @param faces RGBA squares of `eyeInput`
 */
export type SeeEyes = (faces: readonly Uint8ClampedArray[]) => Promise<number[]>;

/** @param networks `eyeModels`, loaded */
export function eyesWith({ mesh, eyes }: Record<'mesh' | 'eyes', Network>): SeeEyes {
	const { size } = eyeInput;
	const part = FEATURES.channels * REGION * REGION;
	return async (faces) => {
		const seen: number[] = [];
		for (const face of faces) {
			const { points, features } = await mesh('image', toInput([face], eyeInput), [
				1,
				3,
				size,
				size
			]);
			const regions = sides.map((side) => regionOf(points!, side));
			const input = new Float32Array(2 * part);
			for (const [i, region] of regions.entries()) cut(features!, region, input, i * part);
			const looked = await eyes('regions', input, [1, 2 * FEATURES.channels, REGION, REGION]);
			const aspects = sides.map((side, i) => aspectOf(looked[side]!, regions[i]!));
			const aspect = (2 * Math.min(...aspects) + Math.max(...aspects)) / 3;
			seen.push(Math.min(1, Math.max(0, (aspect - CLOSED) / (OPEN - CLOSED))));
		}
		return seen;
	};
}
