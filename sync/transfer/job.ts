// One file on its way: its pieces, which of them are left, and how they are put into requests.
import { type Chunk, chunkBytes, readManifest } from '#shared/files/manifest.ts';
import type { FileState } from '#shared/files/upload.ts';
import { FRAME_HEADER, writeFrameHeader } from './frames.ts';
import type { Transfer, UploadPorts } from './ports.ts';

/** Of a large file so much is sent before it is offered again: another device may be sending it too. */
const SHARE = { bytes: 2 * 1024 * 1024, ms: 8_000 };

export interface Piece {
	index: number;
	/** bytes that the server has */
	have: number;
}
export interface Job {
	transfer: Transfer;
	/** how many were begun before it */
	begun: number;
	chunks: Chunk[];
	/** where each chunk begins */
	starts: number[];
	/** to be sent, first things first */
	left: Piece[];
	inFlight: number;
	rounds: number;
	/** bytes that the server lacks, as it said last, less what was sent since */
	lacks: number;
}

export interface Part {
	job: Job;
	piece: Piece;
	length: number;
}

/** @param begun how many were begun before it */
export const startJob = (transfer: Transfer, begun: number): Job => ({
	transfer,
	begun,
	chunks: [],
	starts: [],
	left: [],
	inFlight: 0,
	rounds: 0,
	lacks: transfer.size
});

/** Whether its file is to be read and cut before its pieces are known. */
export const needsCut = ({ transfer: { size, chunks } }: Job): boolean =>
	size > chunkBytes.max && !chunks;

/** Learns the pieces of a file; one that can go as one piece is not cut. @returns its manifest, when it was cut now */
export async function learnPieces(
	job: Job,
	cut: UploadPorts['cut']
): Promise<Uint8Array<ArrayBuffer> | null> {
	const { transfer } = job;
	const made = needsCut(job) ? await cut(transfer) : null;
	if (made) transfer.chunks = made;
	job.chunks = transfer.chunks
		? readManifest(transfer.chunks)
		: [{ length: transfer.size, hash: transfer.sha256 }];
	let at = 0;
	job.starts = job.chunks.map(({ length }) => (at += length) - length);
	return made;
}

const restOf = ({ chunks }: Job, { index, have }: Piece): number => chunks[index]!.length - have;

/** Bytes that lie ready. */
export const bytesLeft = (job: Job): number =>
	job.left.reduce((sum, piece) => sum + restOf(job, piece), 0);

const requestBytes = (job: Job): number => bytesLeft(job) + job.left.length * FRAME_HEADER;

/**
 * Takes what the server lacks of a file: of a large one, a run of it from anywhere.
 * @param rate bytes a millisecond
 */
export function take(job: Job, { missing }: FileState, rate: number, random: number): void {
	const pieces = missing.map(([index, have]): Piece => ({ index, have }));
	job.lacks = pieces.reduce((sum, piece) => sum + restOf(job, piece), 0);
	const share = Math.max(SHARE.bytes, rate * SHARE.ms);
	const first = job.lacks > share ? Math.floor(random * pieces.length) : 0;
	job.left = [];
	let bytes = 0;
	for (let i = 0; i < pieces.length && bytes < share; i++) {
		const piece = pieces[(first + i) % pieces.length]!;
		job.left.push(piece);
		bytes += restOf(job, piece);
	}
}

/**
 * What the next request carries: pieces in their order, the last one perhaps in part; taken out of `toSend`.
 * @param below only of files that are wanted more than this
 */
export function pack(toSend: Job[], most: number, below: number): Part[] {
	const parts: Part[] = [];
	let bytes = 0;
	const workspace = toSend[0]?.transfer.workspace;
	for (let at = 0; at < toSend.length && bytes < most;) {
		const job = toSend[at]!;
		if (job.transfer.workspace !== workspace || job.transfer.order >= below) {
			at++;
			continue;
		}
		// one that fits a request of its own is not torn: the server keeps it as it came
		const size = requestBytes(job);
		if (parts.length > 0 && bytes + size > most && size <= most) break;
		while (job.left.length > 0 && bytes < most) {
			const piece = job.left.shift()!;
			const length = Math.min(restOf(job, piece), Math.max(1, most - bytes));
			parts.push({ job, piece, length });
			bytes += length + FRAME_HEADER;
		}
		if (job.left.length === 0) toSend.splice(at, 1);
	}
	return parts;
}

/** This device cannot read a file that it is to send. */
export class Lost extends Error {
	override readonly name = 'Lost';
	readonly code = 'lost';
	constructor(
		readonly job: Job,
		cause: unknown
	) {
		super((cause as Error).message, { cause });
	}
}

/** @throws what reading threw, with the job whose file it was */
export async function bodyOf(
	parts: readonly Part[],
	read: UploadPorts['read']
): Promise<Uint8Array<ArrayBuffer>> {
	const size = parts.reduce((sum, { length }) => sum + FRAME_HEADER + length, 0);
	const body = new Uint8Array(size);
	let at = 0;
	for (const run of runsOf(parts)) {
		const { job } = run[0]!;
		const start = startOf(run[0]!);
		const end = run.reduce((sum, { length }) => sum + length, start);
		const bytes = await read(job.transfer, start, end).catch((error: unknown) => {
			throw new Lost(job, error);
		});
		for (const part of run) {
			const { index, have } = part.piece;
			const { length } = part;
			const header = { sha256: job.transfer.sha256, index, offset: have, length };
			body.set(writeFrameHeader(header), at);
			const from = startOf(part) - start;
			body.set(bytes.subarray(from, from + length), at + FRAME_HEADER);
			at += FRAME_HEADER + length;
		}
	}
	return body;
}

/** Where in its file a part begins. */
const startOf = ({ job, piece }: Part): number => job.starts[piece.index]! + piece.have;

/** Parts that follow each other in one file are read together. */
function runsOf(parts: readonly Part[]): Part[][] {
	const runs: Part[][] = [];
	for (const part of parts) {
		const last = runs.at(-1)?.at(-1);
		const follows = last?.job === part.job && startOf(last) + last.length === startOf(part);
		if (follows) runs.at(-1)!.push(part);
		else runs.push([part]);
	}
	return runs;
}
