// Content-defined chunking: FastCDC with normalised chunking (Xia et al., "The Design of Fast Content-Defined Chunking
// for Data Deduplication Based Storage Systems", IEEE TPDS 2020). A cut depends on the 32 bytes before it alone, so that
// an edit moves the cuts around it and no others. Devices must cut alike to share work: the numbers here never change.
import { chunkBytes } from '#shared/files/manifest.ts';

/** 256 random numbers of 32 bits: splitmix32 from the seed 'aura'. */
const gear = ((): Int32Array => {
	const table = new Int32Array(256);
	let state = 0x61757261;
	for (let i = 0; i < 256; i++) {
		state = (state + 0x9e3779b9) | 0;
		let z = state;
		z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
		z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
		table[i] = z ^ (z >>> 15);
	}
	return table;
})();

/** A cut needs 19 zero bits before the mean of 2^17 and 15 after it, so that lengths crowd around the mean. */
const STRICT = 0xffffe000 | 0;
const LOOSE = 0xfffe0000 | 0;

/**
 * Where the first chunk of `bytes` ends.
 * @param bytes from the start of a chunk; as many as there are, or at least the longest chunk
 */
export function cutOf(bytes: Uint8Array): number {
	const end = Math.min(bytes.length, chunkBytes.max);
	if (end <= chunkBytes.min) return end;
	const middle = Math.min(end, chunkBytes.mean);
	let hash = 0;
	// the window is 32 bytes long: what lies before it has left the hash
	let at = chunkBytes.min - 32;
	for (; at < chunkBytes.min; at++) hash = ((hash << 1) + gear[bytes[at]!]!) | 0;
	for (; at < middle; at++) {
		hash = ((hash << 1) + gear[bytes[at]!]!) | 0;
		if ((hash & STRICT) === 0) return at + 1;
	}
	for (; at < end; at++) {
		hash = ((hash << 1) + gear[bytes[at]!]!) | 0;
		if ((hash & LOOSE) === 0) return at + 1;
	}
	return end;
}

/** The chunks of a file that comes in pieces of any length. What is yielded is good until the next one is asked for. */
export async function* chunksOf(
	pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
): AsyncGenerator<Uint8Array> {
	let rest = new Uint8Array(0);
	for await (const piece of pieces) {
		let at = 0;
		if (rest.length > 0) {
			// what began in the piece before ends in this one
			const head = piece.subarray(0, chunkBytes.max);
			const bytes = new Uint8Array(rest.length + head.length);
			bytes.set(rest);
			bytes.set(head, rest.length);
			while (at < rest.length && bytes.length - at >= chunkBytes.max) {
				const length = cutOf(bytes.subarray(at));
				yield bytes.subarray(at, at + length);
				at += length;
			}
			if (at < rest.length) {
				// a short piece, all of which is in `bytes`
				rest = bytes.slice(at);
				continue;
			}
			at -= rest.length;
		}
		while (piece.length - at >= chunkBytes.max) {
			const length = cutOf(piece.subarray(at));
			yield piece.subarray(at, at + length);
			at += length;
		}
		rest = piece.slice(at);
	}
	for (let at = 0; at < rest.length;) {
		const length = cutOf(rest.subarray(at));
		yield rest.subarray(at, at + length);
		at += length;
	}
}
