import { sha256Hex } from '#shared/bytes.ts';
import { type Chunk, writeManifest } from '#shared/files/manifest.ts';
import { chunksOf } from '#sync/transfer/chunker.ts';
import { piecesOf } from '../device/files.ts';

/** @returns the manifest of a file. Pieces are hashed by the browser while the next ones are looked for. */
export async function cutFile(file: Blob): Promise<Uint8Array<ArrayBuffer>> {
	const chunks: Promise<Chunk>[] = [];
	for await (const bytes of chunksOf(piecesOf(file)))
		chunks.push(
			// the digest takes its own copy before it returns
			sha256Hex(bytes as Uint8Array<ArrayBuffer>).then((hash) => ({ length: bytes.length, hash }))
		);
	return writeManifest(await Promise.all(chunks));
}
