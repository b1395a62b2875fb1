import type { RefusedNotice } from '../relay/protocol.ts';

/** One stored update. */
export interface ReplicaRow {
	bytes: Uint8Array;
	/** made on this device; it waits until the clocks that the server has durably cover it */
	isOwn: boolean;
	/** of the server: who wrote it; null: made here, or several updates folded into one */
	receipt: Uint8Array | null;
}

/** What a device knows of a document besides its updates. */
export interface ReplicaState {
	/** clocks that the server has durably, as a state vector */
	saved: Uint8Array | null;
	/** the life of the database in which it said so */
	epoch: string | null;
	/** the last refusal that was heard of; 0: none */
	refusalsSeen: number;
	/** something is not durable on the server, so that a restart finds the document */
	isWaiting: boolean;
}

export interface StoredReplica extends Omit<ReplicaState, 'isWaiting'> {
	rows: (ReplicaRow & { id: number })[];
	/** client ids under which this device made edits */
	clients: number[];
	/** updates that could not be read any more and were cut off */
	damaged: number;
}

/** Where a device keeps documents. What is written is durable on this device when the call returns. */
export interface ReplicaStore {
	load(document: string): Promise<StoredReplica>;
	/** @returns the row's number */
	append(document: string, row: ReplicaRow): Promise<number>;
	/** Puts rows in place of others, all or nothing. Receipts of rows that go stay known. @returns the new rows' numbers */
	replace(document: string, ids: number[], rows: ReplicaRow[]): Promise<number[]>;
	/** Updates with receipts that were folded into others, for a server that has lost them. */
	receipted(document: string): Promise<{ bytes: Uint8Array; receipt: Uint8Array }[]>;
	setState(document: string, state: Partial<ReplicaState>): Promise<void>;
	/** Remembers that edits on this device use this client id. */
	addClient(document: string, client: number): Promise<void>;
	/** Keeps what the server did not take, for its author; once, however often it is told. */
	addRefused(document: string, notice: RefusedNotice): Promise<void>;
}

/** Writes to the store one after the other; what fails stays and is tried again with the next write. */
export class Writer {
	#queue: (() => Promise<void>)[] = [];
	#running: Promise<void> | null = null;
	/** what storage threw last, until a later write succeeds */
	failure: unknown = null;

	constructor(private readonly onChange: () => void) {}

	add(write: () => Promise<void>): void {
		this.#queue.push(write);
		this.#running ??= this.#run();
	}

	async #run(): Promise<void> {
		await Promise.resolve();
		while (this.#queue.length > 0) {
			try {
				await this.#queue[0]!();
				this.#queue.shift();
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
