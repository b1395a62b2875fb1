import type { ReplicaRow, ReplicaState, ReplicaStore } from './store.ts';

/** A row on its way to storage. */
export interface RowJob {
	/** @returns what is written now; null: it is not needed any more */
	take(): ReplicaRow | null;
	/** It is durable under this number. */
	stored(id: number): void;
}

type Job =
	| { kind: 'row'; row: RowJob }
	| { kind: 'state'; state: Partial<ReplicaState> }
	| { kind: 'other'; run: () => Promise<void> };

/** Rows of one write: a storage that waits for its disk takes as long for one as for many. */
const MAX_ROWS = 500;

/** Writes a document's changes to the store in their order; what fails stays, and is tried again with the next one. */
export class Writer {
	#queue: Job[] = [];
	#running: Promise<void> | null = null;
	/** what storage threw last, until a later write succeeds */
	failure: unknown = null;

	/** @param onChange called after each write */
	constructor(
		private readonly document: string,
		private readonly store: ReplicaStore,
		private readonly onChange: () => void
	) {}

	/** Rows that follow each other are written as one. */
	addRow(row: RowJob): void {
		this.#add({ kind: 'row', row });
	}

	/** What is said of a document's state while only rows wait goes with what was said before. */
	setState(state: Partial<ReplicaState>): void {
		// the first job may be on its way already
		for (let at = this.#queue.length - 1; at > 0; at--) {
			const job = this.#queue[at]!;
			if (job.kind === 'state') return void Object.assign(job.state, state);
			if (job.kind === 'other') break;
		}
		this.#add({ kind: 'state', state: { ...state } });
	}

	add(run: () => Promise<void>): void {
		this.#add({ kind: 'other', run });
	}

	#add(job: Job): void {
		this.#queue.push(job);
		this.#running ??= this.#run();
	}

	async #run(): Promise<void> {
		await Promise.resolve();
		while (this.#queue.length > 0) {
			try {
				await this.#writeFirst();
				this.failure = null;
			} catch (error) {
				this.failure = error;
				break;
			} finally {
				this.onChange();
			}
		}
		this.#running = null;
	}

	async #writeFirst(): Promise<void> {
		const first = this.#queue[0]!;
		if (first.kind === 'row') return this.#writeRows();
		if (first.kind === 'state') await this.store.setState(this.document, first.state);
		else await first.run();
		this.#queue.shift();
	}

	async #writeRows(): Promise<void> {
		const jobs: RowJob[] = [];
		for (const job of this.#queue.slice(0, MAX_ROWS)) {
			if (job.kind !== 'row') break;
			jobs.push(job.row);
		}
		const taken = jobs.flatMap((job) => {
			const row = job.take();
			return row ? [{ job, row }] : [];
		});
		const rows = taken.map(({ row }) => row);
		const ids = rows.length > 0 ? await this.store.append(this.document, rows) : [];
		this.#queue.splice(0, jobs.length);
		for (const [at, { job }] of taken.entries()) job.stored(ids[at]!);
	}

	/** Settles when all that was added so far is durable on this device. @throws what storage threw */
	async settled(): Promise<void> {
		await this.#running;
		if (this.failure !== null) throw this.failure;
	}

	/** Tries again what failed. */
	retry(): void {
		if (this.#queue.length > 0) this.#running ??= this.#run();
	}
}
