// The one place that encodes WebP: libwebp itself, compiled to WASM, and not the browser's encoder. It is twice as
// fast at the same error (docs/decisions/007), gives the same bytes everywhere, and Safari has no encoder of its own.
import encode, { init } from '@jsquash/webp/encode.js';
import { Part } from '../device/parts.ts';

/**
 * libwebp's effort, 0 to 6. Of 2000 pixels: 2 takes 95 ms where 4 (the browser's) takes 185, at 5 % more bytes for
 * the same error; 1 takes 75 ms at 20 % more.
 */
const EFFORT = 2;

const encoder = new Part(init);

/** Loads the encoder. */
export const warmWebp = (): Promise<unknown> => encoder.get();

/** The browser's own encoder, where the other one was never loaded. @throws where it has none */
async function byBrowser(
	canvas: OffscreenCanvas,
	quality: number
): Promise<Uint8Array<ArrayBuffer>> {
	const blob = await canvas.convertToBlob({ type: 'image/webp', quality });
	if (blob.type !== 'image/webp') throw new Error('The WebP encoder could not be loaded.');
	return new Uint8Array(await blob.arrayBuffer());
}

/**
 * Encodes what a canvas shows.
 * @param quality [0, 1]
 */
export async function encodeWebp(
	canvas: OffscreenCanvas,
	quality: number
): Promise<Uint8Array<ArrayBuffer>> {
	const isLoaded = await warmWebp().then(
		() => true,
		() => false
	);
	if (!isLoaded) return byBrowser(canvas, quality);
	const pixels = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
	return new Uint8Array(await encode(pixels, { quality: quality * 100, method: EFFORT }));
}
