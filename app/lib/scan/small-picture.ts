// The small picture of a guest's face, for where the guest would rather send it than load what looks at it here.
import { MAX_PICTURE_BYTES } from '#shared/files/guests.ts';

/** Longest side of what the oval shows, pixels, and the most bytes of it: a face as large as the model takes it. */
const FACE_SIDE = 320;
export const FACE_BYTES = 6_000;
/** The same of a picture that was chosen, on which the face may be small. */
const PICTURE_SIDE = 640;
const QUALITIES = [0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2];

async function encode(canvas: OffscreenCanvas, maxBytes: number): Promise<Blob> {
	let smallest: Blob | null = null;
	for (const quality of QUALITIES) {
		// a browser that does not write WebP gives PNG instead
		let blob = await canvas.convertToBlob({ type: 'image/webp', quality });
		if (blob.type !== 'image/webp')
			blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
		if (!smallest || blob.size < smallest.size) smallest = blob;
		if (blob.size <= maxBytes) break;
	}
	return smallest!;
}

async function base64Of(blob: Blob): Promise<string> {
	const bytes = new Uint8Array(await blob.arrayBuffer());
	return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/**
 * @param isFramed the picture is the camera's, of which the page shows a part that is three wide and four high
 * @returns base64
 */
export async function smallPicture(image: ImageBitmap, isFramed: boolean): Promise<string> {
	const [width, height] = isFramed
		? [Math.min(image.width, (image.height * 3) / 4), Math.min(image.height, (image.width * 4) / 3)]
		: [image.width, image.height];
	const scale = Math.min(1, (isFramed ? FACE_SIDE : PICTURE_SIDE) / Math.max(width, height));
	const canvas = new OffscreenCanvas(
		Math.max(1, Math.round(width * scale)),
		Math.max(1, Math.round(height * scale))
	);
	const context = canvas.getContext('2d')!;
	context.imageSmoothingQuality = 'high';
	const [left, top] = [(image.width - width) / 2, (image.height - height) / 2];
	context.drawImage(image, left, top, width, height, 0, 0, canvas.width, canvas.height);
	return base64Of(await encode(canvas, isFramed ? FACE_BYTES : MAX_PICTURE_BYTES * 0.75));
}
