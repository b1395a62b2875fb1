// Sends one file: offers it, sends the pieces that the server lacks, has it verified. Every step can be
// repeated; after any cut the next try sends only what is still missing.
import { CHUNK_BYTES, type FileKind } from '#shared/files/kinds.ts';
import type { FileState } from '#shared/files/upload.ts';

/** A file that waits to be sent. */
export interface Transfer {
	event: string;
	photo: string;
	kind: FileKind;
	sha256: string;
	/** bytes */
	size: number;
}

/** The server's side of a transfer; all may reject with a network failure or a problem of the API. */
export interface TransferServer {
	offer(transfer: Transfer): Promise<FileState>;
	putChunk(transfer: Transfer, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
	commit(transfer: Transfer): Promise<FileState>;
}

/** Reads part of a file that this device has. @throws when the device does not have it (any more). */
export type ReadPart = (
	transfer: Transfer,
	start: number,
	end: number
) => Promise<Uint8Array<ArrayBuffer>>;

/** Tries of a whole round before a transfer is left for later: pieces may get lost on either side. */
const ROUNDS = 3;
/** Pieces of one file under way at the same time. */
const IN_FLIGHT = 4;

/**
 * Sends a file. Small files skip the question what is missing.
 * @throws what the server or the device threw; nothing is lost by trying again
 */
export async function upload(
	transfer: Transfer,
	server: TransferServer,
	read: ReadPart
): Promise<void> {
	const isSmall = transfer.size <= CHUNK_BYTES;
	let state: FileState = isSmall ? { stored: false, missing: [0] } : await server.offer(transfer);
	for (let round = 0; !state.stored; round++) {
		if (round === ROUNDS) throw new Error(`${transfer.kind} of ${transfer.photo} is not accepted`);
		await sendPieces(transfer, state.missing, server, read);
		state = await server.commit(transfer).catch((error: unknown) => {
			const missing = missingOf(error);
			if (missing) return { stored: false, missing };
			throw error;
		});
	}
}

/** @throws the first failure, once the pieces that were under way with it have ended */
async function sendPieces(
	transfer: Transfer,
	indices: readonly number[],
	server: TransferServer,
	read: ReadPart
): Promise<void> {
	const rest = indices.values();
	let failed = false;
	const lane = async () => {
		for (const index of rest) {
			if (failed) return;
			const start = index * CHUNK_BYTES;
			try {
				const bytes = await read(transfer, start, Math.min(start + CHUNK_BYTES, transfer.size));
				await server.putChunk(transfer, index, bytes);
			} catch (error) {
				failed = true;
				throw error;
			}
		}
	};
	const lanes = await Promise.allSettled(Array.from({ length: IN_FLIGHT }, lane));
	for (const each of lanes) if (each.status === 'rejected') throw each.reason;
}

/** The pieces that a 'missing_chunks' problem names. */
function missingOf(error: unknown): number[] | null {
	const problem = error as { code?: string; details?: { missing?: unknown } };
	if (problem?.code !== 'missing_chunks') return null;
	return Array.isArray(problem.details?.missing) ? (problem.details.missing as number[]) : null;
}
