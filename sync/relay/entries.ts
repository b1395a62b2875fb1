// What goes between a room and the database.
import type { NewNotice } from './judge.ts';
import type { ClientOwner, Owners } from './receipts.ts';

/** One stored update of a document. */
export interface LogEntry {
	seq: number;
	author: ClientOwner;
	update: Uint8Array;
	/** null: from before there were receipts */
	receipt: Uint8Array | null;
}

/** What is stored of one accepted update. */
export interface Entry {
	author: ClientOwner;
	/** empty: nothing of it was taken */
	update: Uint8Array;
	receipt: Uint8Array;
	/** client ids that this update binds */
	newClients: [client: number, owner: ClientOwner][];
	/** what was not taken, kept for its author and the admin */
	refused: NewNotice[];
}

export interface Change {
	root: string;
	key: string;
	/** what the document has now; undefined: nothing */
	value: unknown;
}

/** What of one document goes into one transaction. */
export interface DocumentCommit {
	document: string;
	/** the last entry of the log that this process knows */
	head: number;
	/**
	 * Takes up what other processes have stored since `head`, while the document is locked for them.
	 * @returns false when it contradicts what is in memory here: nothing may be stored then
	 */
	catchUp(missed: LogEntry[]): boolean;
	/** What is to be stored; called once the document is locked and caught up. */
	take(): { entries: Entry[]; changes: Change[] };
}

export interface StoredDocument {
	/** sequence number of the last entry */
	head: number;
	/** snapshot and entries after it, in order */
	updates: Uint8Array[];
	clients: Owners;
}
