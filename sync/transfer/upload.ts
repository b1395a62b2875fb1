// Sends what a device has queued. Files are offered by their pieces, many in one request; the pieces that the server
// lacks go in several requests at a time, as large as the network carries in two seconds; then files are committed, many
// in one request. Everything may be repeated, and after a cut the server says to the byte what it has.
import { MAX_FILES } from '#shared/files/manifest.ts';
import type { FileState } from '#shared/files/upload.ts';
import {
	type Job,
	Lost,
	type Part,
	bodyOf,
	bytesLeft,
	learnPieces,
	needsCut,
	pack,
	startJob,
	take
} from './job.ts';
import { createPace } from './pace.ts';
import type { Phase, UploadPorts } from './ports.ts';
import { awayDelay, codeOf, isFinal, isOfServer, retryDelay } from './retry.ts';

/** How long an answer is waited for; a request with pieces longer, at the slowest network that is worth it. */
const PATIENCE = { ms: 20_000, bytesPerMs: 4, commitMs: 120_000 };
/** Files that wait to be committed, at most, before others are begun. */
const MAX_TO_COMMIT = 2 * MAX_FILES;
/** Times that this device tries to read a file before it is said to be lost. */
const READS = 6;
/** Times that a file is begun anew before it is left for later. */
const ROUNDS = 4;

/**
 * Sends what waits until nothing can be tried at the moment.
 * @returns how many files were sent
 */
export function drain(ports: UploadPorts): Promise<number> {
	const { store, server } = ports;
	const jobs = new Map<string, Job>();
	/** jobs by what is to be done with them next */
	const toOffer = new Set<Job>();
	const toCut = new Set<Job>();
	const toSend: Job[] = [];
	const toCommit = new Set<Job>();
	let done = 0;
	/** of each request that is under way, the most wanted kind in it */
	const underway = new Set<{ order: number }>();
	let lanes = 0;
	let isOffering = false;
	/** its file is being cut, which takes a while for a long film: others are sent meanwhile */
	let cutting: Job | null = null;
	let isCommitting = false;
	let isDown = false;
	/** the last look into the store found nothing new */
	let isEmpty = false;
	/** something came since that look: it may be wanted more than what lies ready */
	let hasNews = false;
	let failures = 0;
	let isAgain = true;
	const pace = createPace();

	const tell = ({ transfer, lacks }: Job, phase: Phase) =>
		ports.onProgress?.(transfer, { phase, there: transfer.size - lacks });

	const putAside = (job: Job) => {
		toOffer.delete(job);
		toCut.delete(job);
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
		const isOver = isFinal(error) && (code !== 'lost' || attempts >= READS);
		await store.update(job.transfer.id, {
			attempts,
			notBefore: ports.now() + Math.max(1_000, retryDelay(attempts, ports.random())),
			...(isOver ? { problem: (error as Error).message, code } : {})
		});
		tell(job, isOver ? 'failed' : 'waiting');
	};
	/** Begins with a file anew: what the server has of it is not known any more. */
	const offerAgain = (job: Job) => {
		job.left = [];
		putAside(job);
		if (jobs.get(job.transfer.id) === job) toOffer.add(job);
	};
	const doubt = async (job: Job, error: unknown): Promise<void> => {
		if (++job.rounds > ROUNDS || isFinal(error)) await fail(job, error);
		else offerAgain(job);
	};

	/** The network or the server is away: waits, then asks anew for everything that was begun. */
	const down = (error: unknown): void => {
		isAgain = true;
		for (const job of jobs.values()) offerAgain(job);
		if (isDown) return;
		isDown = true;
		// one cut says nothing of the line: what arrived before it is kept. Cut after cut, less is tried at once
		if (failures > 0) pace.isCutOff();
		failures++;
		const delay = awayDelay(failures, ports.random(), error);
		void ports.sleep(delay).then(() => {
			isDown = false;
			pump();
		});
	};
	/** A request about files failed: was it the network or the server, everything waits. */
	const refused = async (of: Iterable<Job>, error: unknown): Promise<void> => {
		if (isOfServer(error)) {
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

	/** Learns the pieces of files that can be offered now; the others are cut first. */
	const prepare = async (of: readonly Job[]): Promise<Job[]> => {
		const prepared: Job[] = [];
		for (const job of of)
			if (needsCut(job)) toCut.add(job);
			else if (await learn(job)) prepared.push(job);
		return prepared;
	};
	const learn = async (job: Job): Promise<boolean> => {
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
	const cut = async (job: Job): Promise<void> => {
		if ((await learn(job)) && jobs.get(job.transfer.id) === job) toOffer.add(job);
	};

	/** What will be sent next, as far as it was chosen. */
	const ahead = (): { bytes: number; order: number } => {
		const coming = cutting ? [cutting, ...toCut] : [...toCut];
		const bytes = toSend.reduce((sum, job) => sum + bytesLeft(job), 0);
		return {
			bytes: coming.reduce((sum, { lacks }) => sum + lacks, bytes),
			order: Math.min(...[...toSend.slice(0, 1), ...coming].map(({ transfer }) => transfer.order))
		};
	};

	const heard = async (job: Job, state: FileState | undefined): Promise<void> => {
		if (!state) return fail(job, new Error('The server did not answer for this file.'));
		if (state.problem) {
			const { code, detail } = state.problem;
			const error = Object.assign(new Error(detail), { code });
			return code === 'missing_chunks' || code === 'invalid' ? doubt(job, error) : fail(job, error);
		}
		// it was doubted meanwhile: what was said is old, and what is asked for next counts
		if (toOffer.has(job)) return;
		take(job, state, pace.rate(), ports.random());
		// all pieces are there already
		if (job.left.length === 0) toCommit.add(job);
		else ready(job);
		tell(job, 'sending');
	};

	/** What the server said of some files; those that it has go from the store together. */
	const heardAll = async (of: readonly Job[], states: readonly FileState[]): Promise<void> => {
		const isOpen = (job: Job) => jobs.get(job.transfer.id) === job;
		const isStored = (i: number) => states[i]?.stored === true && !states[i].problem;
		const stored = of.filter((job, i) => isStored(i) && isOpen(job));
		if (stored.length > 0) await store.remove(stored.map(({ transfer }) => transfer.id));
		for (const job of stored) {
			job.lacks = 0;
			drop(job);
			done++;
			tell(job, 'sent');
		}
		for (const [i, job] of of.entries())
			if (!isStored(i) && isOpen(job)) await heard(job, states[i]);
	};

	const isFree = (job: Job) => job.inFlight === 0 && job !== cutting;
	/** Files of one workspace, most wanted first, as many as one request and the lanes have use for. */
	const choose = async (): Promise<Job[]> => {
		hasNews = false;
		const chosen = [...toOffer].filter(isFree);
		if (chosen.length < MAX_FILES) {
			const rows = await store.next(ports.now(), jobs.size + MAX_FILES);
			const fresh = rows.filter(({ id }) => !jobs.has(id));
			const { order, bytes: ready } = ahead();
			let bytes = chosen.reduce((sum, { lacks }) => sum + lacks, ready);
			for (const row of fresh) {
				const isUrgent = Number.isFinite(order) && row.order < order;
				if (chosen.length >= MAX_FILES || (bytes > pace.ahead() && !isUrgent)) break;
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
		const prepared = await prepare(await choose());
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
		await heardAll(prepared, states);
	};

	const firstUnderway = () => Math.min(...[...underway].map(({ order }) => order));
	const send = async (): Promise<void> => {
		const wanted = pace.request(underway.size);
		const most = ports.limit ? await ports.limit.room(wanted) : wanted;
		if (isDown) return;
		// one that did not wait for a free lane is as short as it can be
		const first = firstUnderway();
		const isUrgent = (toSend[0]?.transfer.order ?? first) < first;
		const parts = pack(toSend, most, isUrgent ? first : Infinity);
		if (parts.length === 0) return;
		const of = new Set(parts.map(({ job }) => job));
		for (const job of of) job.inFlight++;
		const mine = { order: parts[0]!.job.transfer.order };
		underway.add(mine);
		const began = ports.now();
		let failure: unknown = null;
		let bytes = 0;
		try {
			const body = await bodyOf(parts, ports.read);
			bytes = body.length;
			ports.limit?.spend(bytes);
			const most = PATIENCE.ms + Math.ceil(body.length / PATIENCE.bytesPerMs);
			await server.send(parts[0]!.job.transfer.workspace, body, ports.patience(most));
			failures = 0;
			pace.took(body.length, ports.now() - began);
		} catch (error) {
			failure = error;
		}
		underway.delete(mine);
		for (const job of of) job.inFlight--;
		if (failure === null) return arrived(parts, of);
		if (failure instanceof Lost) {
			await fail(failure.job, failure);
			for (const job of of) if (job !== failure.job) offerAgain(job);
		} else if (codeOf(failure) === 'too_large' && pace.isTooMuch(bytes)) {
			for (const job of of) offerAgain(job);
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
		for (const [i, job] of ready.entries())
			// that pieces are missing again must not go on for ever
			if (states[i] && !states[i].stored && !states[i].problem && ++job.rounds > ROUNDS)
				await fail(job, new Error('The server does not keep its pieces.'));
		await heardAll(ready, states);
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
	/**
	 * Whether the next request may begin: what is less wanted does not share the line with what is more, and what is
	 * wanted more than all that is under way does not wait for a free lane.
	 */
	const isTurn = (): boolean => {
		const [next] = toSend;
		if (next === undefined) return false;
		const first = firstUnderway();
		if (first < next.transfer.order) return false;
		if (underway.size > 0 && first > next.transfer.order) return lanes <= pace.lanes();
		const pieces = toSend.reduce((sum, { left }) => sum + left.length, 0);
		return lanes < Math.min(pace.lanes(), pieces);
	};
	const pump = (): void => {
		if (isBroken) return;
		const isOpen = ports.isOpen();
		if (isOpen && !isDown) {
			if (!isCommitting && toCommit.size > 0) {
				isCommitting = true;
				track(commit(), () => (isCommitting = false));
			}
			while (isTurn()) {
				lanes++;
				track(send(), () => lanes--);
			}
			const [next] = toCut;
			if (!cutting && next) {
				toCut.delete(next);
				cutting = next;
				track(cut(next), () => (cutting = null));
			}
			// a server that is slow to place them is not given more and more
			const hasRoom = ahead().bytes < pace.ahead() && toCommit.size < MAX_TO_COMMIT;
			const offerable = [...toOffer].some(isFree);
			if (!isOffering && (hasNews || (hasRoom && (!isEmpty || offerable)))) {
				isOffering = true;
				track(offer(), () => (isOffering = false));
			}
		}
		const isIdle = lanes === 0 && !isOffering && !cutting && !isCommitting;
		if (isIdle && (!isOpen || !isDown)) finish(done);
	};
	const stopListening = ports.onNews?.(() => {
		hasNews = true;
		isEmpty = false;
		pump();
	});
	return new Promise<number>((resolve, reject) => {
		finish = resolve;
		fault = (error) => {
			isBroken = true;
			reject(error as Error);
		};
		pump();
	}).finally(stopListening);
}
