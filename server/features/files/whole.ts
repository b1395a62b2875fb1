// A file that comes as a whole, in one request: one hash for all of it, instead of one for each piece and one more when it
// is placed.
import { type Hash, createHash } from 'node:crypto';
import type { Storage } from '../../storage/storage.ts';
import { readExtents } from './assemble.ts';
import { type StagedPiece, type Upload, wholeHash } from './staging.ts';

/** A file whose pieces have come in order so far, all of them. */
export interface Whole {
	upload: Upload;
	digest: Hash;
	/** the piece that must be next */
	next: number;
}

/** Staged objects that were one whole file when this process wrote them, by path: its SHA-256. */
export type Proven = Map<string, string>;
/** More than are ever between a request and its commit; what is not known is read once more. */
const MAX_PROVEN = 1000;

export function keepProven(proven: Proven, path: string, sha256: string): void {
	const [oldest] = proven.keys();
	if (oldest !== undefined && proven.size >= MAX_PROVEN) proven.delete(oldest);
	proven.set(path, sha256);
}

/**
 * What is staged where the object is one file as it is: one piece. Its bytes are proven; that its pieces are what their
 * list says is not, and does not matter: whoever builds on one of them proves the whole again.
 * @returns null when it is not
 */
export function asOne(
	whole: Whole | null,
	pieces: readonly StagedPiece[],
	written: number
): readonly StagedPiece[] | null {
	if (!whole) return null;
	const { chunks, size, sha256 } = whole.upload;
	// fewer where two are equal
	const isAll = whole.next === chunks.length && pieces.length === chunks.length;
	if (!isAll || written !== size || whole.digest.digest('hex') !== sha256) return null;
	return [{ hash: wholeHash(chunks), start: 0, length: written, offset: 0 }];
}

/**
 * Reads a staged object once, however many pieces are in question.
 * @param pieces in the order in which they lie
 * @returns those that are not what their hashes say
 */
export async function findWrong(
	storage: Storage,
	path: string,
	pieces: readonly StagedPiece[]
): Promise<StagedPiece[]> {
	const [first, last] = [pieces[0], pieces.at(-1)];
	if (!first || !last) return [];
	const wrong: StagedPiece[] = [];
	const left = [...pieces];
	const range = { path, offset: first.offset, length: last.offset + last.length - first.offset };
	let at = first.offset;
	let digest = createHash('sha256');
	for await (let bytes of readExtents(storage, [range]))
		while (bytes.length > 0) {
			const { offset, length, hash } = left[0]!;
			const isBefore = at < offset;
			const part = bytes.subarray(0, (isBefore ? offset : offset + length) - at);
			if (!isBefore) digest.update(part);
			at += part.length;
			bytes = bytes.subarray(part.length);
			if (at < offset + length) continue;
			if (digest.digest('hex') !== hash) wrong.push(left[0]!);
			left.shift();
			digest = createHash('sha256');
		}
	// it ended early
	return [...wrong, ...left];
}
