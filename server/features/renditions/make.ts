// The one place that knows sharp: pictures that no device made.
import { availableParallelism } from 'node:os';
import sharp from 'sharp';
import { type FileKind, renditions } from '#shared/files/kinds.ts';
import type { Pixels } from '#shared/faces/align.ts';
import type { PhotoType } from '#shared/photos/format.ts';
import { MAX_PIXELS } from '#shared/photos/limits.ts';
import { stripJpeg } from './strip.ts';

// nothing but the formats that are taken in: other loaders have had holes
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
	operation: [
		'VipsForeignLoadJpeg',
		'VipsForeignLoadPng',
		'VipsForeignLoadWebp',
		'VipsForeignLoadHeif'
	]
});
sharp.cache(false);
/** Pictures that are worked on at a time; one core is left to everybody who waits for an answer. */
export const LANES = Math.max(1, availableParallelism() - 1);
sharp.concurrency(1);

export type Rendition = Extract<FileKind, 'thumb' | 'web'>;

/** What can be decoded here. HEIC and RAW are developed by devices. */
const decodable: ReadonlySet<PhotoType> = new Set([
	'image/jpeg',
	'image/png',
	'image/webp',
	'image/avif'
]);
export const canDecode = (type: PhotoType): boolean => decodable.has(type);

const open = (bytes: Uint8Array) =>
	sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'none', sequentialRead: true }).autoOrient();

/**
 * The sizes that a device makes on import, as it makes them: WebP without metadata.
 * @throws Error when the photo cannot be decoded
 */
export async function makeRenditions(
	original: Uint8Array
): Promise<Record<Rendition, Uint8Array<ArrayBuffer>>> {
	// each from the photo itself: a small size is decoded at an eighth, which costs less than to keep the large one's pixels
	const size = ({ side, quality }: { side: number; quality: number }) =>
		open(original)
			.resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
			.webp({ quality: Math.round(quality * 100), effort: 2 })
			.toBuffer();
	const [large, small] = await Promise.all([size(renditions.web), size(renditions.thumb)]);
	return { web: new Uint8Array(large), thumb: new Uint8Array(small) };
}

/**
 * A picture as rows of red, green and blue.
 * @param side its longest side is at most this, in pixels
 * @param maxPixels of the picture as it came
 * @throws Error when it cannot be decoded, or is larger
 */
export async function readPixels(
	bytes: Uint8Array,
	side: number,
	maxPixels: number
): Promise<Pixels> {
	const { data, info } = await sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error' })
		.autoOrient()
		.resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
		.flatten()
		.toColourspace('srgb')
		.raw()
		.toBuffer({ resolveWithObject: true });
	return { data, width: info.width, height: info.height };
}

/** Quality of AVIF that looks like WebP at 80. */
export const AVIF_QUALITY = 55;

/** A WebP of ours as AVIF, which is smaller and takes long to make. */
export async function makeAvif(picture: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
	const avif = await open(picture).avif({ quality: AVIF_QUALITY, effort: 3 }).toBuffer();
	return new Uint8Array(avif);
}

/**
 * An original as guests get it: without where it was taken, and without the camera's serial number. JPEGs keep their
 * picture bit for bit, PNGs theirs; others are encoded anew.
 * @returns null when there is nothing to take out
 * @throws Error when it cannot be done: then it is not for guests
 */
export async function makeGuestOriginal(
	bytes: Uint8Array,
	type: PhotoType
): Promise<Uint8Array[] | null> {
	if (type === 'image/jpeg') return stripJpeg(bytes);
	if (type === 'image/png') return [await open(bytes).png().toBuffer()];
	if (type === 'image/webp') return [await open(bytes).webp({ quality: 95 }).toBuffer()];
	if (type === 'image/avif') return [await open(bytes).avif({ quality: 80 }).toBuffer()];
	throw new Error(`${type} is not encoded here.`);
}
