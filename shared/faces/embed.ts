import type { Embedder } from './models.ts';
import type { Network } from './network.ts';

/**
 * Embeds aligned faces.
 * @param faces RGBA pixels of squares of the model's size
 */
export type Embed = (faces: Uint8ClampedArray[]) => Promise<Float32Array[]>;

/** RGBA squares to the model's planar input, normalised. */
export function toInput(
	faces: Uint8ClampedArray[],
	{ size, channels, mean, scale }: Pick<Embedder, 'size' | 'channels' | 'mean' | 'scale'>
): Float32Array {
	const plane = size * size;
	const input = new Float32Array(faces.length * 3 * plane);
	for (const [n, rgba] of faces.entries())
		for (let channel = 0; channel < 3; channel++) {
			const at = (n * 3 + channel) * plane;
			const from = channels === 'rgb' ? channel : 2 - channel;
			const offset = mean[channel]!;
			for (let i = 0; i < plane; i++) input[at + i] = (rgba[4 * i + from]! - offset) / scale;
		}
	return input;
}

/** Divides by the length, in place; what has none stays as it is. */
export function normalise(embedding: Float32Array): Float32Array {
	const length = Math.hypot(...embedding);
	if (length > 0) for (let i = 0; i < embedding.length; i++) embedding[i]! /= length;
	return embedding;
}

/** @param network with the model's input and output */
export function embedWith(network: Network, model: Embedder): Embed {
	return async (faces) => {
		const out: Float32Array[] = [];
		for (let from = 0; from < faces.length; from += model.batch) {
			const batch = faces.slice(from, from + model.batch);
			const dims = [batch.length, 3, model.size, model.size];
			const rows = (await network(model.input, toInput(batch, model), dims))[model.output]!;
			for (let i = 0; i < batch.length; i++) {
				const embedding = rows.slice(i * model.dimensions, (i + 1) * model.dimensions);
				out.push(model.isNormalised ? normalise(embedding) : embedding);
			}
		}
		return out;
	};
}
