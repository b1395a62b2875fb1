// What a file is made of: its content-defined pieces in order, each by length and SHA-256.
import { fromHex, toHex } from '../bytes.ts';

/** The most files in one offer or commit. */
export const MAX_FILES = 64;
/** The most bytes of pieces in one request. */
export const MAX_CHUNKS_BYTES = 64 * 1024 ** 2;

/** Bounds of a content-defined chunk, bytes. The last chunk of a file may be shorter. */
export const chunkBytes = { min: 32 * 1024, mean: 128 * 1024, max: 512 * 1024 } as const;

export interface Chunk {
	/** bytes */
	length: number;
	/** SHA-256, 64 hexadecimal digits */
	hash: string;
}

/** One entry: length as uint32, little endian, then the hash. */
const ENTRY = 36;

export function writeManifest(chunks: readonly Chunk[]): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(chunks.length * ENTRY);
	const view = new DataView(bytes.buffer);
	for (const [index, { length, hash }] of chunks.entries()) {
		view.setUint32(index * ENTRY, length, true);
		bytes.set(fromHex(hash), index * ENTRY + 4);
	}
	return bytes;
}

/** @throws Error on anything that `writeManifest` did not write */
export function readManifest(bytes: Uint8Array): Chunk[] {
	if (bytes.length % ENTRY !== 0) throw new Error('The list of pieces is cut off.');
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	return Array.from({ length: bytes.length / ENTRY }, (_, index) => ({
		length: view.getUint32(index * ENTRY, true),
		hash: toHex(bytes.subarray(index * ENTRY + 4, (index + 1) * ENTRY))
	}));
}

/** Why these are not the pieces of a file of `size` bytes; null when they may be. */
export function manifestFault(chunks: readonly Chunk[], size: number): string | null {
	let sum = 0;
	for (const [index, { length }] of chunks.entries()) {
		const isLast = index === chunks.length - 1;
		if (length > chunkBytes.max || length < (isLast ? 1 : chunkBytes.min))
			return `Piece ${index} has ${length} bytes.`;
		sum += length;
	}
	return sum === size ? null : `The pieces have ${sum} bytes in all, the file ${size}.`;
}

export const base64Of = (bytes: Uint8Array): string => {
	let text = '';
	for (let at = 0; at < bytes.length; at += 0x8000)
		text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
	return btoa(text);
};
