// Sends what a device has queued. Files are offered by their pieces, many in one request; the pieces that the server
// lacks go in several requests at a time, as large as the network carries in two seconds; then files are committed, many
// in one request. Everything may be repeated, and after a cut the server says to the byte what it has.
import { MAX_CHUNKS_BYTES, MAX_FILES } from '#shared/files/manifest.ts';
import type { FileState } from '#shared/files/upload.ts';
import {
	type Job,
	Lost,
	type Part,
	bodyOf,
	bytesLeft,
	learnPieces,
	pack,
	startJob,
	take
} from './job.ts';
import { MAX_WAIT_MS, type Phase, type UploadPorts } from './ports.ts';

/** Milliseconds until the next try: doubles from a quarter of a second to a minute, with a random half. */
export const retryDelay = (attempts: number, random: number): number =>
	Math.min(MAX_WAIT_MS, 250 * 2 ** Math.min(attempts - 1, 10)) * (0.5 + random / 2);

/** After the first failure it is tried again within so long, ms. */
const FIRST_TRY_MS = 100;

/** Codes of problems that trying again does not mend. */
const final = new Set(['unsupported_type', 'too_large', 'forbidden', 'over_quota', 'lost']);
/** Codes that say nothing of a file: the server is away, busy or full. */
const ofServer = new Set(['too_many_requests', 'unavailable', 'storage_full', 'unauthenticated']);

/** Bytes of a request, and how long one should take. */
const REQUEST = { first: 128 * 1024, min: 32 * 1024, max: MAX_CHUNKS_BYTES / 2, ms: 4_000 };
/** Requests with pieces at the same time. */
const LANES = { min: 3, max: 4 };
/** How long an answer is waited for; a request with pieces longer, at the slowest network that is worth it. */
const PATIENCE = { ms: 20_000, bytesPerMs: 4, commitMs: 120_000 };
/** Pieces that lie ready, in requests of all lanes. */
const AHEAD = 3;
/** Times that this device tries to read a file before it is said to be lost. */
const READS = 6;
/** Times that a file is begun anew before it is left for later. */
const ROUNDS = 4;

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
	/** of each request that is under way, the most wanted kind in it */
	const underway = new Set<{ order: number }>();
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

	const tell = ({ transfer, lacks }: Job, phase: Phase) =>
		ports.onProgress?.(transfer, { phase, there: transfer.size - lacks });

	const putAside = (job: Job) => {
		toOffer.delete(job);
		toCommit.delete(job);
		const at = toSend.indexOf(job);
		if (at >= 0) toSend.splice(at, 1);
	};
	const drop = (job: Job) => {
		jobs.delete(job.transfer.id);
		putAside(job);
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
		putAside(job);
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
			// after one cut the network is mostly there again: cut after cut it is not
			failures === 1 ? FIRST_TRY_MS * ports.random() : retryDelay(failures - 1, ports.random()),
			Number.isFinite(asked) ? asked * 1_000 : 0
		);
		void ports.sleep(delay).then(() => {
			isDown = false;
			pump();
		});
	};
	/** A request about files failed: was it the network or the server, everything waits. */
	const refused = async (of: Iterable<Job>, error: unknown): Promise<void> => {
		const code = codeOf(error);
		if (code === undefined || ofServer.has(code)) {
			for (const job of of) offerAgain(job);
			down(error);
		} else for (const job of of) await doubt(job, error);
	};
	/** @returns the server's answer; null when there was none, and the files are begun anew */
	const ask = async (
		of: readonly Job[],
		run: () => Promise<FileState[]>
	): Promise<FileState[] | null> => {
		const answer = await run().catch(async (error: unknown) => {
			await refused(of, error);
			return null;
		});
		if (answer) failures = 0;
		return answer;
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

	const prepare = async (job: Job): Promise<boolean> => {
		if (job.chunks.length > 0) return true;
		try {
			const chunks = await learnPieces(job, ports.cut);
			if (chunks) await store.update(job.transfer.id, { chunks });
			return true;
		} catch (error) {
			await fail(job, new Lost(job, error));
			return false;
		}
	};

	const readyBytes = () => toSend.reduce((sum, job) => sum + bytesLeft(job), 0);

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
		take(job, state, rate, ports.random());
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
			for (const row of fresh) {
				if (chosen.length >= MAX_FILES || bytes > most) break;
				bytes += row.size;
				const job = startJob(row, begun++);
				jobs.set(row.id, job);
				chosen.push(job);
			}
			isEmpty = fresh.length === 0;
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
		const states = await ask(prepared, () =>
			server.offer(
				prepared[0]!.transfer.workspace,
				prepared.map(({ transfer }) => transfer),
				isAgain,
				ports.patience(PATIENCE.ms)
			)
		);
		if (!states) return;
		// cut off meanwhile: what was said is old
		if (isDown) return prepared.forEach(offerAgain);
		isAgain = false;
		for (const [i, job] of prepared.entries()) await heard(job, states[i]);
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
		const parts = pack(toSend, most);
		if (parts.length === 0) return;
		const of = new Set(parts.map(({ job }) => job));
		for (const job of of) job.inFlight++;
		const mine = { order: parts[0]!.job.transfer.order };
		underway.add(mine);
		const began = ports.now();
		let failure: unknown = null;
		try {
			const body = await bodyOf(parts, ports.read);
			ports.limit?.spend(body.length);
			const most = PATIENCE.ms + Math.ceil(body.length / PATIENCE.bytesPerMs);
			await server.send(parts[0]!.job.transfer.workspace, body, ports.patience(most));
			failures = 0;
			learn(body.length, ports.now() - began);
		} catch (error) {
			failure = error;
		}
		underway.delete(mine);
		for (const job of of) job.inFlight--;
		if (failure === null) return arrived(parts, of);
		if (failure instanceof Lost) {
			await fail(failure.job, failure);
			for (const job of of) if (job !== failure.job) offerAgain(job);
		} else await refused(of, failure);
	};

	const arrived = (parts: readonly Part[], of: ReadonlySet<Job>): void => {
		for (const { job, piece, length } of parts) {
			job.lacks -= length;
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
		const states = await ask(ready, () =>
			server.commit(
				first,
				ready.map(({ transfer }) => transfer),
				ports.patience(PATIENCE.commitMs)
			)
		);
		if (!states) return;
		for (const [i, job] of ready.entries()) {
			// that pieces are missing again must not go on for ever
			if (states[i] && !states[i].stored && !states[i].problem && ++job.rounds > ROUNDS)
				await fail(job, new Error('The server does not keep its pieces.'));
			else if (jobs.get(job.transfer.id) === job) await heard(job, states[i]);
		}
	};

	/** the store failed: what is under way ends, and nothing new begins */
	let isBroken = false;
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
	/** What is less wanted does not share the line with what is more. */
	const isTurn = (): boolean => {
		const [next] = toSend;
		return next !== undefined && [...underway].every(({ order }) => order >= next.transfer.order);
	};
	const pump = (): void => {
		if (isBroken) return;
		const isOpen = ports.isOpen();
		if (isOpen && !isDown) {
			if (!isCommitting && toCommit.size > 0) {
				isCommitting = true;
				track(commit(), () => (isCommitting = false));
			}
			while (
				isTurn() &&
				lanes < laneCount &&
				lanes < toSend.reduce((sum, { left }) => sum + left.length, 0)
			) {
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
		fault = (error) => {
			isBroken = true;
			reject(error as Error);
		};
		pump();
	});
}
