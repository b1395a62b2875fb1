import { readJpegFrame } from './dimensions.ts';

/** A JPEG inside another file, by byte positions; `end` is one past its last byte. */
export interface EmbeddedJpeg {
	start: number;
	end: number;
	width: number;
	height: number;
}

/** Smaller ones are thumbnails that show nobody. */
export const MIN_SIDE = 300;

/** One past the end-of-image marker of compressed data, or null when it never ends. */
function endOfScan(bytes: Uint8Array, from: number): number | null {
	for (
		let i = bytes.indexOf(0xff, from);
		i !== -1 && i + 1 < bytes.length;
		i = bytes.indexOf(0xff, i + 1)
	)
		if (bytes[i + 1] === 0xd9) return i + 2;
	return null;
}

/**
 * Finds the largest JPEG preview inside a RAW or HEIC file by walking every JPEG that begins in it;
 * knows nothing of containers, so it serves all makers alike.
 * @returns null when there is none of at least 300 pixels that a browser can decode
 */
export function findPreview(bytes: Uint8Array): EmbeddedJpeg | null {
	let best: EmbeddedJpeg | null = null;
	for (
		let i = bytes.indexOf(0xff);
		i !== -1 && i + 3 < bytes.length;
		i = bytes.indexOf(0xff, i + 1)
	) {
		if (bytes[i + 1] !== 0xd8 || bytes[i + 2] !== 0xff) continue;
		const frame = readJpegFrame(bytes, i);
		if (!frame?.isDecodable || Math.min(frame.width, frame.height) < MIN_SIDE) continue;
		const end = endOfScan(bytes, frame.scan);
		if (end === null) continue;
		if (!best || frame.width * frame.height > best.width * best.height)
			best = { start: i, end, width: frame.width, height: frame.height };
		i = end - 1;
	}
	return best;
}
