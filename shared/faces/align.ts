import { type Similarity, similarityOf } from './geometry.ts';
import type { Embedder } from './models.ts';
import type { Landmarks } from './sidecar.ts';

/** How a face comes to lie where the model wants its eyes and mouth. @param landmarks in pixels */
export function alignmentOf(
	landmarks: Landmarks,
	{ alignment }: Pick<Embedder, 'alignment'>
): Similarity {
	const point = (i: number) => [landmarks[2 * i]!, landmarks[2 * i + 1]!] as const;
	return similarityOf(
		[point(0), point(1), point(3)],
		[alignment.rightEye, alignment.leftEye, alignment.mouth]
	);
}

/** A picture in memory. */
export interface Pixels {
	/** rows of red, green, blue */
	data: Uint8Array;
	width: number;
	height: number;
}

/**
 * Draws the aligned face, as the browser's canvas does elsewhere: each pixel is the mean of as many places of the picture as it
 * covers (bilinear in between); what lies outside is black.
 * @returns RGBA of a square
 */
export function drawAligned(
	{ data, width, height }: Pixels,
	{ a, b, tx, ty }: Similarity,
	size: number
): Uint8ClampedArray {
	const out = new Uint8ClampedArray(4 * size * size);
	const norm = a * a + b * b;
	if (norm === 0) return out;
	const steps = Math.min(16, Math.max(1, Math.ceil(1 / Math.sqrt(norm))));
	const at = (x: number, y: number, channel: number) =>
		x < 0 || y < 0 || x >= width || y >= height ? 0 : data[3 * (y * width + x) + channel]!;
	for (let row = 0; row < size; row++)
		for (let column = 0; column < size; column++) {
			const sum = [0, 0, 0];
			for (let i = 0; i < steps * steps; i++) {
				const u = column + ((i % steps) + 0.5) / steps - tx;
				const v = row + (Math.floor(i / steps) + 0.5) / steps - ty;
				// the inverse of the similarity, to the middles of pixels
				const x = (a * u + b * v) / norm - 0.5;
				const y = (a * v - b * u) / norm - 0.5;
				const [left, top] = [Math.floor(x), Math.floor(y)];
				const [fx, fy] = [x - left, y - top];
				for (let channel = 0; channel < 3; channel++)
					sum[channel]! +=
						(1 - fy) * ((1 - fx) * at(left, top, channel) + fx * at(left + 1, top, channel)) +
						fy * ((1 - fx) * at(left, top + 1, channel) + fx * at(left + 1, top + 1, channel));
			}
			const to = 4 * (row * size + column);
			for (let channel = 0; channel < 3; channel++)
				out[to + channel] = sum[channel]! / (steps * steps);
			out[to + 3] = 255;
		}
	return out;
}
