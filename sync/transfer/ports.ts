// What sending needs from whoever runs it: a store, a server, a clock, and what people allow.
import type { FileKind } from '#shared/files/kinds.ts';
import type { FileState } from '#shared/files/upload.ts';

/** A file that waits to be sent. */
export interface Transfer {
	id: string;
	workspace: string;
	event: string;
	photo: string;
	kind: FileKind;
	sha256: string;
	/** bytes */
	size: number;
	/** what is smaller is sent first */
	order: number;
	/** its manifest; null: it was not cut into pieces yet, or is one */
	chunks?: Uint8Array<ArrayBuffer> | null;
	/** milliseconds since 1970 before which it is not tried again */
	notBefore: number;
	attempts: number;
	/** why it was given up until somebody asks for it again; null while it is tried */
	problem: string | null;
	/** the code of that problem */
	code?: string;
}

/** Longest wait between two tries, ms. */
export const MAX_WAIT_MS = 60_000;

/** Whether a transfer may be tried now. A time that lies further ahead than anything waits was set by a clock that was wrong. */
export const isDue = (
	{ notBefore, problem }: Pick<Transfer, 'notBefore' | 'problem'>,
	now: number
): boolean => problem === null && (notBefore <= now || notBefore > now + 2 * MAX_WAIT_MS);

/** Where a device keeps what it has to send. */
export interface TransferStore {
	/** Transfers that may be tried at `now`, the most wanted first. */
	next(now: number, limit: number): Promise<Transfer[]>;
	update(id: string, changes: Partial<Transfer>): Promise<void>;
	remove(ids: readonly string[]): Promise<void>;
}

/** The server's side. All reject with the problem of the API, which has a `code`, or because of the network. */
export interface TransferServer {
	/** @param isAgain the network was cut: what is still open from this sender will not end by itself */
	offer(
		workspace: string,
		files: readonly Transfer[],
		isAgain: boolean,
		patience: AbortSignal
	): Promise<FileState[]>;
	send(workspace: string, body: Uint8Array<ArrayBuffer>, patience: AbortSignal): Promise<void>;
	commit(
		workspace: string,
		files: readonly Transfer[],
		patience: AbortSignal
	): Promise<FileState[]>;
}

export interface UploadPorts {
	store: TransferStore;
	server: TransferServer;
	/** Reads part of a file. @throws when the device does not have it (any more) */
	read(transfer: Transfer, start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
	/** Cuts a file into pieces. @returns its manifest */
	cut(transfer: Transfer): Promise<Uint8Array<ArrayBuffer>>;
	now(): number;
	sleep(ms: number): Promise<void>;
	/** a signal that aborts after so long: a network that went away does not always say so */
	patience(ms: number): AbortSignal;
	/** [0, 1) */
	random(): number;
	/** whether sending makes sense now: signed in, network there, not paused */
	isOpen(): boolean;
	/**
	 * Calls back when something new waits, at any time: what others wait for is not held up by a large file that is
	 * being sent.
	 * @returns stops it
	 */
	onNews?(look: () => void): () => void;
	/** what the person allows; absent: everything */
	limit?: Limit;
	onProgress?(transfer: Transfer, progress: Progress): void;
}

export interface Limit {
	/** Waits until bytes may go. @returns how many of those that are wanted, at least one */
	room(wanted: number): Promise<number>;
	/** So many go. */
	spend(bytes: number): void;
}

export type Phase = 'offering' | 'sending' | 'committing' | 'sent' | 'waiting' | 'failed';
export interface Progress {
	phase: Phase;
	/** bytes that the server has, as far as this device knows */
	there: number;
}
