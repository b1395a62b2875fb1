// Puts a file together from its pieces, wherever they are, and proves it.
import { createHash } from 'node:crypto';
import type { Chunk } from '#shared/files/manifest.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Extent, Have } from './staging.ts';
import type { Proven } from './whole.ts';

/** Pieces are not what they should be: lost, cut off, or damaged where they lay. */
export class DamagedPieces extends Error {
	override readonly name = 'DamagedPieces';
	constructor(readonly hashes: string[]) {
		super('Pieces of this file were lost on the server.');
	}
}

/** The bytes of some extents, one after the other; ends early where an object is gone or too short. */
export async function* readExtents(
	storage: Storage,
	extents: readonly Extent[]
): AsyncGenerator<Uint8Array> {
	for (const { path, offset, length } of joined(extents)) {
		const found = await storage.get(path, { start: offset, end: offset + length - 1 });
		if (!found) return;
		let seen = 0;
		for await (const bytes of found.stream) {
			seen += bytes.length;
			yield bytes;
		}
		if (seen !== length) return;
	}
}

/** Extents that follow each other in one object become one: it is read in one go. */
export function joined(extents: readonly Extent[]): Extent[] {
	const out: Extent[] = [];
	for (const extent of extents) {
		const last = out.at(-1);
		if (last?.path === extent.path && last.offset + last.length === extent.offset)
			out[out.length - 1] = { ...last, length: last.length + extent.length };
		else out.push(extent);
	}
	return out;
}

/** Which pieces are not what their hashes say: looked for only when a file did not come out right. */
export async function findDamaged(
	storage: Storage,
	chunks: readonly Chunk[],
	have: (hash: string) => Have
): Promise<string[]> {
	const damaged = new Set<string>();
	for (const { hash } of chunks) {
		const digest = createHash('sha256');
		for await (const bytes of readExtents(storage, have(hash).extents)) digest.update(bytes);
		if (digest.digest('hex') !== hash) damaged.add(hash);
	}
	return [...damaged];
}

/**
 * The file's bytes, in order. What comes before the last is of the right length only: whoever stores it must not keep it
 * when this throws.
 * @throws DamagedPieces when they are not the file's
 */
export async function* assemble(
	storage: Storage,
	file: { sha256: string; size: number; chunks: readonly Chunk[] },
	have: (hash: string) => Have
): AsyncGenerator<Uint8Array> {
	const hash = createHash('sha256');
	let size = 0;
	const extents = file.chunks.flatMap((chunk) => have(chunk.hash).extents);
	for await (const bytes of readExtents(storage, extents)) {
		hash.update(bytes);
		size += bytes.length;
		yield bytes;
	}
	if (size === file.size && hash.digest('hex') === file.sha256) return;
	throw new DamagedPieces(await findDamaged(storage, file.chunks, have));
}

/**
 * Places a file that lies as it is in one staged object: nothing is written again.
 * @param proven objects that need not be read to know what they are
 * @returns false when it does not, or is not what it should be: then it is put together from its pieces
 */
export async function adopt(
	storage: Storage,
	file: { sha256: string; size: number; chunks: readonly Chunk[] },
	have: (hash: string) => Have,
	staging: string,
	path: string,
	proven: Proven
): Promise<boolean> {
	const [extent, ...more] = joined(file.chunks.flatMap(({ hash }) => have(hash).extents));
	if (!extent?.path.startsWith(`${staging}/`) || extent.offset > 0 || more.length > 0) return false;
	const isProven = proven.get(extent.path) === file.sha256;
	return storage.copy(extent.path, path, isProven ? { size: file.size } : file);
}
