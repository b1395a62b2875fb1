import type { Embedder } from './models.ts';
import type { Network } from './network.ts';

/**
 * Embeds aligned faces.
 * @param faces RGBA pixels of squares of the model's size
 */
export type Embed = (faces: Uint8ClampedArray[]) => Promise<Float32Array[]>;

/** Faces in one run: more do not get faster and need more memory. */
const BATCH = 8;

/** RGBA squares to the model's planar input, normalised. */
export function toInput(faces: Uint8ClampedArray[], { size, mean, scale }: Embedder): Float32Array {
	const plane = size * size;
	const input = new Float32Array(faces.length * 3 * plane);
	for (const [n, rgba] of faces.entries())
		for (let channel = 0; channel < 3; channel++) {
			const at = (n * 3 + channel) * plane;
			const offset = mean[channel]!;
			for (let i = 0; i < plane; i++) input[at + i] = (rgba[4 * i + channel]! - offset) / scale;
		}
	return input;
}

/** @param network with input 'faces' [n, 3, size, size] and output 'embeddings' [n, dimensions] */
export function embedWith(network: Network, model: Embedder): Embed {
	return async (faces) => {
		const out: Float32Array[] = [];
		for (let from = 0; from < faces.length; from += BATCH) {
			const batch = faces.slice(from, from + BATCH);
			const dims = [batch.length, 3, model.size, model.size];
			const { embeddings } = await network('faces', toInput(batch, model), dims);
			for (let i = 0; i < batch.length; i++)
				out.push(embeddings!.slice(i * model.dimensions, (i + 1) * model.dimensions));
		}
		return out;
	};
}
