// How a photo looks, in a few numbers: to tell near-duplicates, and which of them is sharp and well exposed.

/** Of one photo; two that look alike have hashes that differ in few bits. */
export interface Look {
	/** difference hash of 64 bits (Krawetz 2013, 'Kind of Like That'), 16 hexadecimal digits */
	hash: string;
	/** [0, 1]: 0 is all blur */
	sharpness: number;
	/** share of pixels that are burnt out or black, [0, 1] */
	clipped: number;
}

export const HASH_WIDTH = 9;
export const HASH_HEIGHT = 8;

/** @param grey brightness of 9 by 8 pixels, row by row */
export function differenceHash(grey: ArrayLike<number>): string {
	let hash = '';
	for (let y = 0; y < HASH_HEIGHT; y++) {
		let row = 0;
		for (let x = 0; x < HASH_WIDTH - 1; x++) {
			const at = y * HASH_WIDTH + x;
			row = row * 2 + (grey[at]! > grey[at + 1]! ? 1 : 0);
		}
		hash += row.toString(16).padStart(2, '0');
	}
	return hash;
}

const bitsOf = Array.from(
	{ length: 16 },
	(_, digit) => digit.toString(2).replaceAll('0', '').length
);

/** Bits in which two hashes differ, 0 to 64. */
export function differingBits(a: string, b: string): number {
	let bits = 0;
	for (let i = 0; i < 16; i++) bits += bitsOf[parseInt(a[i]!, 16) ^ parseInt(b[i]!, 16)]!;
	return bits;
}

/** The variance at which a picture counts as fully sharp: clear photos of the tests have 300 to 1 500. */
const SHARP_VARIANCE = 600;

/**
 * Sharpness by the variance of the Laplacian (Pech-Pacheco et al. 2000), saturating.
 * @param grey brightness 0 to 255, row by row
 */
export function sharpnessOf(grey: ArrayLike<number>, width: number, height: number): number {
	let sum = 0;
	let squares = 0;
	let count = 0;
	for (let y = 1; y < height - 1; y++)
		for (let x = 1; x < width - 1; x++) {
			const at = y * width + x;
			const value =
				4 * grey[at]! - grey[at - 1]! - grey[at + 1]! - grey[at - width]! - grey[at + width]!;
			sum += value;
			squares += value * value;
			count++;
		}
	if (count === 0) return 0;
	const mean = sum / count;
	const variance = squares / count - mean * mean;
	return variance / (variance + SHARP_VARIANCE);
}

/** @param rgba four bytes a pixel. @returns brightness (Rec. 601) */
export function greyOf(rgba: Uint8ClampedArray): Float32Array {
	const grey = new Float32Array(rgba.length / 4);
	for (let i = 0; i < grey.length; i++)
		grey[i] = 0.299 * rgba[4 * i]! + 0.587 * rgba[4 * i + 1]! + 0.114 * rgba[4 * i + 2]!;
	return grey;
}

/** Share of pixels without anything left in them. */
export function clippedOf(grey: ArrayLike<number>): number {
	let clipped = 0;
	for (let i = 0; i < grey.length; i++) if (grey[i]! >= 252 || grey[i]! <= 3) clipped++;
	return grey.length === 0 ? 0 : clipped / grey.length;
}
