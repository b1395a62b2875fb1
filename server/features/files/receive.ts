// Takes the pieces of one request. They go into one object of the staging folder as they arrive; what came before the
// network broke off counts, to the byte.
import { type Hash, createHash, randomUUID } from 'node:crypto';
import { AuraError } from '#shared/errors.ts';
import { FRAME_HEADER, type FrameHeader, readFrames } from '#sync/transfer/frames.ts';
import type { Database } from '../../database/database.ts';
import type { Storage } from '../../storage/storage.ts';
import { readExtents } from './assemble.ts';
import {
	type Have,
	type StagedPiece,
	type Upload,
	findPieces,
	findUploads,
	forgetStaged,
	insertStaged,
	stagedHashes,
	stagingFolder,
	unreferenced
} from './staging.ts';
import { type Proven, type Whole, asOne, findWrong, keepProven } from './whole.ts';

/** What is known of a file while its pieces arrive. */
interface Open {
	upload: Upload;
	have(hash: string): Have;
}

/** The piece that is arriving. */
interface Piece {
	hash: string;
	length: number;
	/** bytes that the server had of it */
	had: number;
	/** bytes that arrived now and are not kept: the server has them */
	skip: number;
	/** over what it had and what arrived; null: the whole file's stands for it */
	digest: Hash | null;
	arrived: number;
	/** where its new bytes begin in the object */
	offset: number;
}

/** Names sort by time: a sweep tells by them what is old. */
const objectName = (): string => `${Date.now().toString(36).padStart(9, '0')}-${randomUUID()}`;

/** @returns when an object of the staging folder was made, ms since 1970 */
export const madeAt = (object: string): number => parseInt(object.split('-')[0]!, 36);

export interface Received {
	/** bytes that were kept */
	bytes: number;
}

/**
 * @param body may end early: what has come is kept
 * @param length of the body as it was announced; 0: not known
 * @param proven is told when a whole file came
 * @throws AuraError not_found when a file was never offered, invalid when a piece is not what was offered; pieces
 * before it are kept
 */
export async function receivePieces(
	database: Database,
	storage: Storage,
	workspace: string,
	body: AsyncIterable<Uint8Array>,
	length: number,
	proven: Proven
): Promise<Received> {
	const object = objectName();
	const files = new Map<string, Open>();
	const pieces: StagedPiece[] = [];
	const damaged: string[] = [];
	let problem: AuraError | null = null;
	let piece: Piece | null = null;
	let parts: Uint8Array[] = [];
	let written = 0;
	let whole: Whole | null = null;
	const unproven: StagedPiece[] = [];

	const fileOf = async (sha256: string): Promise<Open> => {
		const known = files.get(sha256);
		if (known) return known;
		const opened = await database.tenant(workspace, async (queries) => {
			const [upload] = await findUploads(queries, workspace, [sha256]);
			if (!upload) throw new AuraError('not_found', 'This file was not offered, or too long ago.');
			// what lies in stored files is never asked for: staged bytes are what a piece goes on from
			const have = await findPieces(queries, { workspace, event: null }, upload.chunks, true);
			return { upload, have };
		});
		files.set(sha256, opened);
		return opened;
	};

	const begin = async ({ sha256, index, offset, length: bytes }: FrameHeader): Promise<void> => {
		piece = null;
		const isFirst = files.size === 0;
		const before = whole;
		whole = null;
		if (problem) return;
		const opened = await fileOf(sha256).catch((error: unknown) => {
			if (!(error instanceof AuraError)) throw error;
			problem = error;
		});
		// the rest of the body is read and ignored, so that its sender hears the answer
		if (!opened) return;
		const { upload, have } = opened;
		const chunk = upload.chunks[index];
		if (!chunk || bytes === 0 || offset + bytes > chunk.length) {
			problem = new AuraError('invalid', `Piece ${index} of this file has no such bytes.`);
			return;
		}
		const had = have(chunk.hash);
		// a gap, or nothing new: the next offer says what is missing
		if (offset > had.bytes || offset + bytes <= had.bytes) return;
		if (had.bytes === 0 && bytes === chunk.length) {
			const isAlone = length === upload.size + FRAME_HEADER * upload.chunks.length;
			if (isFirst && isAlone && index === 0)
				whole = { upload, digest: createHash('sha256'), next: 1 };
			else if (before?.upload === upload && before.next === index)
				whole = { ...before, next: index + 1 };
		}
		const digest = whole ? null : createHash('sha256');
		for await (const part of readExtents(storage, had.extents)) digest?.update(part);
		piece = {
			hash: chunk.hash,
			length: chunk.length,
			had: had.bytes,
			skip: had.bytes - offset,
			digest,
			arrived: 0,
			offset: written
		};
	};
	const bytes = (part: Uint8Array): void => {
		if (!piece) return;
		const skipped = Math.min(piece.skip, part.length);
		piece.skip -= skipped;
		const kept = part.subarray(skipped);
		if (kept.length === 0) return;
		(whole ?? piece).digest?.update(kept);
		piece.arrived += kept.length;
		written += kept.length;
		parts.push(kept);
	};
	const end = (): void => {
		if (!piece || piece.arrived === 0) return;
		const { hash, had, arrived, offset, length, digest } = piece;
		piece = null;
		if (had + arrived === length && digest && digest.digest('hex') !== hash) return refuse(hash);
		// two files may have the same piece: one of them is enough
		const known = pieces.find((each) => each.hash === hash && each.start === had);
		if (known && known.length >= arrived) return;
		if (known) pieces.splice(pieces.indexOf(known), 1);
		const next = { hash, start: had, length: arrived, offset };
		pieces.push(next);
		if (!digest && arrived === length) unproven.push(next);
	};
	const refuse = (hash: string): void => {
		damaged.push(hash);
		problem ??= new AuraError('invalid', 'A piece arrived damaged. It is sent again.');
	};

	async function* take(): AsyncGenerator<Uint8Array> {
		const frames = readFrames(body, { begin, bytes, end });
		for (;;) {
			const next = await frames.next();
			const ready = parts;
			parts = [];
			yield* ready;
			if (next.done) return;
		}
	}

	const path = `${stagingFolder(workspace)}/${object}`;
	await storage.put(path, take(), false);
	const staged = asOne(whole, pieces, written);
	if (staged) keepProven(proven, path, whole!.upload.sha256);
	const wrong = staged ? [] : await findWrong(storage, path, unproven);
	for (const { hash } of wrong) refuse(hash);
	const right = staged ?? pieces.filter((each) => !wrong.includes(each));
	if (right.length === 0 && damaged.length === 0) await storage.remove(path);
	else {
		const unused = await database.tenant(workspace, async (queries) => {
			// another device may have finished a file meanwhile: its pieces are not wanted any more
			const open = await findUploads(queries, workspace, [...files.keys()], true);
			const wanted = new Set(open.flatMap(({ chunks }) => stagedHashes(chunks)));
			const kept = right.filter(({ hash }) => wanted.has(hash));
			// also what it went on from may have been the damage
			const gone = await forgetStaged(queries, workspace, damaged);
			return [...gone, ...(await insertStaged(queries, workspace, object, kept))];
		});
		await discardStaged(database, storage, workspace, unused);
	}
	if (problem) throw problem as AuraError;
	return { bytes: written };
}

/** Removes those of some objects that nothing refers to any more. */
export async function discardStaged(
	database: Database,
	storage: Storage,
	workspace: string,
	objects: string[]
): Promise<void> {
	if (objects.length === 0) return;
	const gone = await database.tenant(workspace, (queries) =>
		unreferenced(queries, workspace, objects)
	);
	for (const name of gone) await storage.remove(`${stagingFolder(workspace)}/${name}`);
}
