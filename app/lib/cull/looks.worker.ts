// Looks at thumbnails: what near-duplicates are told by, and how sharp they are.
import { expose } from 'comlink';
import {
	HASH_HEIGHT,
	HASH_WIDTH,
	type Look,
	clippedOf,
	differenceHash,
	greyOf,
	sharpnessOf
} from '#shared/photos/looks.ts';

/** Longest side at which sharpness is measured, pixels: the same for all, or sizes would be compared. */
const SIDE = 256;

function greys(image: ImageBitmap, width: number, height: number): Float32Array {
	const canvas = new OffscreenCanvas(width, height);
	const context = canvas.getContext('2d', { willReadFrequently: true })!;
	context.imageSmoothingQuality = 'high';
	context.drawImage(image, 0, 0, width, height);
	return greyOf(context.getImageData(0, 0, width, height).data);
}

const api = {
	/** @param address of a thumbnail. @throws DOMException when it cannot be drawn */
	async look(address: string): Promise<Look> {
		const image = await createImageBitmap(await (await fetch(address)).blob());
		const scale = SIDE / Math.max(image.width, image.height);
		const [width, height] = [image.width, image.height].map((side) =>
			Math.max(1, Math.round(side * scale))
		) as [number, number];
		const grey = greys(image, width, height);
		const hash = differenceHash(greys(image, HASH_WIDTH, HASH_HEIGHT));
		image.close();
		return { hash, sharpness: sharpnessOf(grey, width, height), clipped: clippedOf(grey) };
	}
};

export type LooksWorker = typeof api;
expose(api);
