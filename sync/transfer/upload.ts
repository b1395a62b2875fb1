// Sends what a device has queued. Files are offered by their pieces, many in one request; the pieces that the server
// lacks go in several requests at a time, as large as the network carries in two seconds; then files are committed, many
// in one request. Everything may be repeated, and after a cut the server says to the byte what it has.
import type { FileKind } from '#shared/files/kinds.ts';
import {
	type Chunk,
	MAX_CHUNKS_BYTES,
	MAX_FILES,
	chunkBytes,
	readManifest
} from '#shared/files/manifest.ts';
import type { FileState } from '#shared/files/upload.ts';
import { FRAME_HEADER, writeFrameHeader } from './frames.ts';

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

/** Where a device keeps what it has to send. */
export interface TransferStore {
	/** Transfers that may be tried at `now`, the most wanted first. */
	next(now: number, limit: number): Promise<Transfer[]>;
	update(id: string, changes: Partial<Transfer>): Promise<void>;
	remove(id: string): Promise<void>;
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
	/** bytes that went up now */
	sent: number;
}

/** Milliseconds until the next try: doubles from a quarter of a second to a minute, with a random half. */
export const retryDelay = (attempts: number, random: number): number =>
	Math.min(60_000, 250 * 2 ** Math.min(attempts - 1, 10)) * (0.5 + random / 2);

/** Codes of problems that trying again does not mend. */
const final = new Set(['unsupported_type', 'too_large', 'forbidden', 'over_quota', 'lost']);
/** Codes that say nothing of a file: the server is away, busy or full. */
const ofServer = new Set(['too_many_requests', 'unavailable', 'storage_full', 'unauthenticated']);

/** Bytes of a request, and how long one should take. */
const REQUEST = { first: 128 * 1024, min: 32 * 1024, max: MAX_CHUNKS_BYTES / 2, ms: 2_000 };
/** Requests with pieces at the same time. */
const LANES = { min: 2, max: 4 };
/** How long an answer is waited for; a request with pieces longer, at the slowest network that is worth it. */
const PATIENCE = { ms: 20_000, bytesPerMs: 4, commitMs: 120_000 };
/** Of a large file so much is sent before it is offered again: another device may be sending it too. */
const SHARE = { bytes: 2 * 1024 * 1024, ms: 8_000 };
/** Pieces that lie ready, in requests of all lanes. */
const AHEAD = 3;
/** Times that this device tries to read a file before it is said to be lost. */
const READS = 6;
/** Times that a file is begun anew before it is left for later. */
const ROUNDS = 4;

interface Piece {
	index: number;
	/** bytes that the server has */
	have: number;
}
interface Job {
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
	sent: number;
}

interface Part {
	job: Job;
	piece: Piece;
	length: number;
}

/** The code of a problem of the API. What the network throws has none, or a number. */
const codeOf = (error: unknown): string | undefined => {
	const { code } = (error ?? {}) as { code?: unknown };
	return typeof code === 'string' && code !== '' ? code : undefined;
};

/**
 * Sends what waits until nothing can be tried at the moment.
 * @returns how many files were sent
 */
export function drain(ports: UploadPorts): Promise<number> {
	const { store, server } = ports;
	const jobs = new Map<string, Job>();
	/** jobs by what is to be done with them next */
	const toOffer = new Set<Job>();
	const toSend: Job[] = [];
	const toCommit = new Set<Job>();
	let done = 0;
	let lanes = 0;
	let isOffering = false;
	let isCommitting = false;
	let isDown = false;
	/** the last look into the store found nothing new */
	let isEmpty = false;
	let failures = 0;
	let isAgain = true;
	let target = REQUEST.first;
	/** bytes a millisecond, of all lanes */
	let rate = 0;
	let laneCount = LANES.min;

	const tell = ({ transfer, lacks, sent }: Job, phase: Phase) =>
		ports.onProgress?.(transfer, { phase, there: transfer.size - lacks, sent });

	const drop = (job: Job) => {
		jobs.delete(job.transfer.id);
		toOffer.delete(job);
		toCommit.delete(job);
		const at = toSend.indexOf(job);
		if (at >= 0) toSend.splice(at, 1);
	};
	const fail = async (job: Job, error: unknown): Promise<void> => {
		drop(job);
		const code = codeOf(error) ?? '';
		const attempts = job.transfer.attempts + 1;
		// a file that cannot be read may be one that is being written anew, after a crash
		const isFinal = final.has(code) && (code !== 'lost' || attempts >= READS);
		await store.update(job.transfer.id, {
			attempts,
			notBefore: ports.now() + Math.max(1_000, retryDelay(attempts, ports.random())),
			...(isFinal ? { problem: (error as Error).message, code } : {})
		});
		tell(job, isFinal ? 'failed' : 'waiting');
	};
	/** Begins with a file anew: what the server has of it is not known any more. */
	const offerAgain = (job: Job) => {
		job.left = [];
		toCommit.delete(job);
		const at = toSend.indexOf(job);
		if (at >= 0) toSend.splice(at, 1);
		if (jobs.get(job.transfer.id) === job) toOffer.add(job);
	};
	const doubt = async (job: Job, error: unknown): Promise<void> => {
		if (++job.rounds > ROUNDS || final.has(codeOf(error) ?? '')) await fail(job, error);
		else offerAgain(job);
	};

	/** The network or the server is away: waits, then asks anew for everything that was begun. */
	const down = (error: unknown): void => {
		isAgain = true;
		for (const job of jobs.values()) offerAgain(job);
		if (isDown) return;
		isDown = true;
		// one cut says nothing of the line: what arrived before it is kept. Cut after cut, less is tried at once
		if (failures > 0) target = Math.max(REQUEST.min, target / 2);
		failures++;
		const asked = Number((error as { details?: { retryAfter?: unknown } })?.details?.retryAfter);
		const delay = Math.max(
			retryDelay(failures, ports.random()),
			Number.isFinite(asked) ? asked * 1_000 : 0
		);
		void ports.sleep(delay).then(() => {
			isDown = false;
			pump();
		});
	};
	/** @returns whether it says nothing of a file; then everything waits */
	const isOfNetwork = (error: unknown): boolean => {
		const code = codeOf(error);
		return code === undefined || ofServer.has(code);
	};

	let begun = 0;
	/** Its pieces lie ready, behind those of files that are wanted more or were begun before. */
	const ready = (job: Job): void => {
		if (toSend.includes(job)) return;
		const isBefore = ({ transfer: { order }, begun: at }: Job) =>
			order - job.transfer.order || at - job.begun;
		const place = toSend.findIndex((other) => isBefore(other) > 0);
		toSend.splice(place < 0 ? toSend.length : place, 0, job);
	};

	const startOf = (rows: readonly Transfer[]) =>
		rows.map((transfer): Job => {
			const job: Job = {
				transfer,
				begun: begun++,
				chunks: [],
				starts: [],
				left: [],
				inFlight: 0,
				rounds: 0,
				lacks: transfer.size,
				sent: 0
			};
			jobs.set(transfer.id, job);
			return job;
		});

	const prepare = async (job: Job): Promise<boolean> => {
		if (job.chunks.length > 0) return true;
		const { transfer } = job;
		try {
			if (transfer.size > chunkBytes.max && !transfer.chunks) {
				transfer.chunks = await ports.cut(transfer);
				await store.update(transfer.id, { chunks: transfer.chunks });
			}
			job.chunks = transfer.chunks
				? readManifest(transfer.chunks)
				: [{ length: transfer.size, hash: transfer.sha256 }];
			let at = 0;
			job.starts = job.chunks.map(({ length }) => (at += length) - length);
			return true;
		} catch (error) {
			await fail(job, Object.assign(error as Error, { code: 'lost' }));
			return false;
		}
	};

	const readyBytes = () =>
		toSend.reduce(
			(sum, { left, chunks }) =>
				sum + left.reduce((of, { index, have }) => of + chunks[index]!.length - have, 0),
			0
		);

	/** Takes what the server lacks of a file: of a large one, a run of it from anywhere. */
	const take = (job: Job, { missing }: FileState): void => {
		job.lacks = missing.reduce((sum, [index, have]) => sum + job.chunks[index]!.length - have, 0);
		const share = Math.max(SHARE.bytes, rate * SHARE.ms);
		const first = job.lacks > share ? Math.floor(ports.random() * missing.length) : 0;
		job.left = [];
		let bytes = 0;
		for (let i = 0; i < missing.length && bytes < share; i++) {
			const [index, have] = missing[(first + i) % missing.length]!;
			job.left.push({ index, have });
			bytes += job.chunks[index]!.length - have;
		}
	};

	const heard = async (job: Job, state: FileState | undefined): Promise<void> => {
		if (!state) return fail(job, new Error('The server did not answer for this file.'));
		if (state.problem) {
			const { code, detail } = state.problem;
			const error = Object.assign(new Error(detail), { code });
			return code === 'missing_chunks' || code === 'invalid' ? doubt(job, error) : fail(job, error);
		}
		if (state.stored) {
			job.lacks = 0;
			await store.remove(job.transfer.id);
			drop(job);
			done++;
			tell(job, 'sent');
			return;
		}
		// it was doubted meanwhile: what was said is old, and what is asked for next counts
		if (toOffer.has(job)) return;
		take(job, state);
		// all pieces are there already
		if (job.left.length === 0) toCommit.add(job);
		else ready(job);
		tell(job, 'sending');
	};

	/** Files of one workspace, most wanted first, as many as one request and the lanes have use for. */
	const choose = async (): Promise<Job[]> => {
		const chosen = [...toOffer].filter(({ inFlight }) => inFlight === 0);
		if (chosen.length < MAX_FILES) {
			const rows = await store.next(ports.now(), jobs.size + MAX_FILES);
			const fresh = rows.filter(({ id }) => !jobs.has(id));
			let bytes = readyBytes() + chosen.reduce((sum, { lacks }) => sum + lacks, 0);
			const most = AHEAD * laneCount * target;
			const some: Transfer[] = [];
			for (const row of fresh) {
				if (chosen.length + some.length >= MAX_FILES) break;
				if (bytes > most) break;
				bytes += row.size;
				some.push(row);
			}
			isEmpty = fresh.length === 0;
			chosen.push(...startOf(some));
		}
		const first = chosen[0]?.transfer.workspace;
		const together = chosen
			.slice(0, MAX_FILES)
			.filter(({ transfer }) => transfer.workspace === first);
		for (const job of chosen)
			if (together.includes(job)) toOffer.delete(job);
			else toOffer.add(job);
		return together;
	};

	const offer = async (): Promise<void> => {
		const chosen = await choose();
		const prepared: Job[] = [];
		for (const job of chosen) if (await prepare(job)) prepared.push(job);
		if (prepared.length === 0) return;
		for (const job of prepared) tell(job, 'offering');
		const wasAgain = isAgain;
		try {
			const states = await server.offer(
				prepared[0]!.transfer.workspace,
				prepared.map(({ transfer }) => transfer),
				wasAgain,
				ports.patience(PATIENCE.ms)
			);
			isAgain = false;
			failures = 0;
			// cut off meanwhile: what was said is old
			for (const [i, job] of prepared.entries()) if (!isDown) await heard(job, states[i]);
			if (isDown) prepared.forEach(offerAgain);
		} catch (error) {
			if (isOfNetwork(error)) {
				prepared.forEach(offerAgain);
				down(error);
			} else for (const job of prepared) await doubt(job, error);
		}
	};

	/** What the next request carries: pieces in their order, the last one perhaps in part. */
	const pack = (most: number): Part[] => {
		const parts: Part[] = [];
		let bytes = 0;
		const workspace = toSend[0]?.transfer.workspace;
		for (let at = 0; at < toSend.length && bytes < most;) {
			const job = toSend[at]!;
			if (job.transfer.workspace !== workspace) {
				at++;
				continue;
			}
			while (job.left.length > 0 && bytes < most) {
				const piece = job.left.shift()!;
				const rest = job.chunks[piece.index]!.length - piece.have;
				const length = Math.min(rest, Math.max(1, most - bytes));
				parts.push({ job, piece, length });
				bytes += length + FRAME_HEADER;
			}
			if (job.left.length === 0) toSend.splice(at, 1);
		}
		return parts;
	};

	const bodyOf = async (parts: readonly Part[]): Promise<Uint8Array<ArrayBuffer>> => {
		const size = parts.reduce((sum, { length }) => sum + FRAME_HEADER + length, 0);
		const body = new Uint8Array(size);
		let at = 0;
		for (const { job, piece, length } of parts) {
			const { index, have } = piece;
			const header = { sha256: job.transfer.sha256, index, offset: have, length };
			body.set(writeFrameHeader(header), at);
			const start = job.starts[index]! + have;
			const bytes = await ports
				.read(job.transfer, start, start + length)
				.catch((error: unknown) => {
					throw Object.assign(error as Error, { code: 'lost', job });
				});
			body.set(bytes, at + FRAME_HEADER);
			at += FRAME_HEADER + length;
		}
		return body;
	};

	const learn = (bytes: number, ms: number): void => {
		const mine = bytes / Math.max(1, ms);
		rate = rate === 0 ? mine * laneCount : rate * 0.7 + mine * laneCount * 0.3;
		target = Math.min(REQUEST.max, Math.max(REQUEST.min, Math.min(target * 2, mine * REQUEST.ms)));
		// requests that are over soon leave the line idle in between
		laneCount = ms < REQUEST.ms / 4 && target < REQUEST.max ? LANES.max : LANES.min;
	};

	const send = async (): Promise<void> => {
		const wanted = Math.ceil(target);
		const most = ports.limit ? await ports.limit.room(wanted) : wanted;
		if (isDown) return;
		const parts = pack(most);
		if (parts.length === 0) return;
		const of = new Set(parts.map(({ job }) => job));
		for (const job of of) job.inFlight++;
		const began = ports.now();
		let failure: unknown = null;
		try {
			const body = await bodyOf(parts);
			ports.limit?.spend(body.length);
			const patience = ports.patience(PATIENCE.ms + body.length / PATIENCE.bytesPerMs);
			await server.send(parts[0]!.job.transfer.workspace, body, patience);
			failures = 0;
			learn(body.length, ports.now() - began);
		} catch (error) {
			failure = error;
		}
		for (const job of of) job.inFlight--;
		if (failure === null) return arrived(parts, of);
		const lost = (failure as { job?: Job }).job;
		if (lost) {
			await fail(lost, failure);
			for (const job of of) if (job !== lost) offerAgain(job);
		} else if (isOfNetwork(failure)) {
			for (const job of of) offerAgain(job);
			down(failure);
		} else for (const job of of) await doubt(job, failure);
	};

	const arrived = (parts: readonly Part[], of: ReadonlySet<Job>): void => {
		for (const { job, piece, length } of parts) {
			job.lacks -= length;
			job.sent += length;
			piece.have += length;
			const isCut = piece.have < job.chunks[piece.index]!.length;
			// offered anew meanwhile: then the answer knows
			if (!isCut || toOffer.has(job) || jobs.get(job.transfer.id) !== job) continue;
			job.left.unshift(piece);
			ready(job);
		}
		for (const job of of) {
			tell(job, 'sending');
			const isOver = job.left.length === 0 && job.inFlight === 0 && !toOffer.has(job);
			if (!isOver || jobs.get(job.transfer.id) !== job) continue;
			if (job.lacks > 0) toOffer.add(job);
			else toCommit.add(job);
		}
	};

	const commit = async (): Promise<void> => {
		const first = [...toCommit][0]!.transfer.workspace;
		const ready = [...toCommit]
			.filter(({ transfer }) => transfer.workspace === first)
			.slice(0, MAX_FILES);
		for (const job of ready) {
			toCommit.delete(job);
			tell(job, 'committing');
		}
		try {
			const states = await server.commit(
				first,
				ready.map(({ transfer }) => transfer),
				ports.patience(PATIENCE.commitMs)
			);
			failures = 0;
			for (const [i, job] of ready.entries()) {
				// that pieces are missing again must not go on for ever
				if (states[i] && !states[i].stored && !states[i].problem && ++job.rounds > ROUNDS)
					await fail(job, new Error('The server does not keep its pieces.'));
				else if (jobs.get(job.transfer.id) === job) await heard(job, states[i]);
			}
		} catch (error) {
			if (isOfNetwork(error)) {
				ready.forEach(offerAgain);
				down(error);
			} else for (const job of ready) await doubt(job, error);
		}
	};

	let finish: (sent: number) => void = () => {};
	let fault: (error: unknown) => void = () => {};
	const track = (task: Promise<void>, over: () => void): void => {
		task
			.then(over, (error: unknown) => {
				over();
				fault(error);
			})
			.then(pump, fault);
	};
	const pump = (): void => {
		const isOpen = ports.isOpen();
		if (isOpen && !isDown) {
			if (!isCommitting && toCommit.size > 0) {
				isCommitting = true;
				track(commit(), () => (isCommitting = false));
			}
			while (lanes < laneCount && lanes < toSend.reduce((sum, { left }) => sum + left.length, 0)) {
				lanes++;
				track(send(), () => lanes--);
			}
			const hasRoom = readyBytes() < AHEAD * laneCount * target;
			const offerable = [...toOffer].some(({ inFlight }) => inFlight === 0);
			if (!isOffering && hasRoom && (!isEmpty || offerable)) {
				isOffering = true;
				track(offer(), () => (isOffering = false));
			}
		}
		const isIdle = lanes === 0 && !isOffering && !isCommitting;
		if (isIdle && (!isOpen || !isDown)) finish(done);
	};
	return new Promise((resolve, reject) => {
		finish = resolve;
		fault = reject;
		pump();
	});
}
