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
	/** Adds rows in their order, all or nothing. @returns their numbers */
	append(document: string, rows: ReplicaRow[]): Promise<number[]>;
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
