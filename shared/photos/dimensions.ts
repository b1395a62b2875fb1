/** Pixels of an image as stored, before any rotation. */
export interface Dimensions {
	width: number;
	height: number;
}

/** What a walk over a JPEG's segments finds. */
export interface JpegFrame extends Dimensions {
	/** baseline or progressive, 8 bits: what every browser decodes (raw data of cameras is lossless JPEG) */
	isDecodable: boolean;
	/** index of the first byte of compressed data */
	scan: number;
}

/**
 * Walks a JPEG's segments up to its compressed data (ITU-T T.81, annex B).
 * @param at index of the SOI marker
 * @returns null when this is no JPEG, or ends before the data begins
 */
export function readJpegFrame(bytes: Uint8Array, at = 0): JpegFrame | null {
	if (bytes[at] !== 0xff || bytes[at + 1] !== 0xd8) return null;
	let frame: Omit<JpegFrame, 'scan'> | null = null;
	let i = at + 2;
	while (i + 4 <= bytes.length) {
		if (bytes[i] !== 0xff) return null;
		const marker = bytes[i + 1]!;
		if (marker === 0xff) {
			i++;
			continue;
		}
		const length = (bytes[i + 2]! << 8) | bytes[i + 3]!;
		if (length < 2 || marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd9)) return null;
		const isFrame = marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
		if (isFrame && i + 9 < bytes.length)
			frame = {
				height: (bytes[i + 5]! << 8) | bytes[i + 6]!,
				width: (bytes[i + 7]! << 8) | bytes[i + 8]!,
				isDecodable: marker <= 0xc2 && bytes[i + 4] === 8
			};
		i += 2 + length;
		if (marker === 0xda) return frame && i <= bytes.length ? { ...frame, scan: i } : null;
	}
	return null;
}

/** @returns pixels of a PNG by its IHDR chunk. */
function pngDimensions(view: DataView): Dimensions | null {
	if (view.byteLength < 24 || view.getUint32(12) !== 0x49484452) return null;
	return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** @returns pixels of a WebP: VP8, VP8L or VP8X (developers.google.com/speed/webp/docs/riff_container). */
function webpDimensions(view: DataView): Dimensions | null {
	if (view.byteLength < 30) return null;
	switch (view.getUint32(12)) {
		case 0x56503820:
			return {
				width: view.getUint16(26, true) & 0x3fff,
				height: view.getUint16(28, true) & 0x3fff
			};
		case 0x5650384c: {
			const bits = view.getUint32(21, true);
			return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
		}
		case 0x56503858: {
			const uint24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
			return { width: uint24(24) + 1, height: uint24(27) + 1 };
		}
		default:
			return null;
	}
}

/** @returns pixels that a JPEG, PNG or WebP claims in its header, without decoding; null when unreadable. */
export function readDimensions(bytes: Uint8Array, type: string): Dimensions | null {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (type === 'image/jpeg') return readJpegFrame(bytes);
	if (type === 'image/png') return pngDimensions(view);
	if (type === 'image/webp') return webpDimensions(view);
	return null;
}

/** @returns whether a JPEG has its end marker within its last bytes: cameras pad, cut files lack it. */
export function jpegEnds(bytes: Uint8Array): boolean {
	const from = Math.max(2, bytes.length - 64 * 1024);
	for (let i = bytes.length - 2; i >= from; i--)
		if (bytes[i] === 0xff && bytes[i + 1] === 0xd9) return true;
	return false;
}
