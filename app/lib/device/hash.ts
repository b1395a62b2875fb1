// SHA-256 of bytes and files, for workers.
import { createSHA256 } from 'hash-wasm';
import { sha256Hex } from '#shared/bytes.ts';
import { piecesOf } from './files.ts';

/** Up to here the browser's own hashing, which wants all bytes at once, is faster. */
const AT_ONCE_BYTES = 64 * 1024 ** 2;

export { sha256Hex as hashOfBytes } from '#shared/bytes.ts';

/** @returns 64 hexadecimal digits */
export async function hashOf(file: Blob): Promise<string> {
	if (file.size <= AT_ONCE_BYTES) return sha256Hex(new Uint8Array(await file.arrayBuffer()));
	return hashOfPieces(piecesOf(file));
}

export async function hashOfPieces(
	pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
): Promise<string> {
	const hash = await createSHA256();
	for await (const piece of pieces) hash.update(piece);
	return hash.digest('hex');
}
