// A device's copy of one document: loaded from the device's own storage, written back edit by edit,
// and honest about what the server does not have durably yet.
import * as Y from 'yjs';

/** Where a device keeps documents. */
export interface ReplicaStore {
	load(document: string): Promise<StoredReplica>;
	/** Keeps an update; durable on this device when it returns. */
	append(document: string, update: Uint8Array): Promise<void>;
	/** Puts one update in place of all that were loaded or appended before this call. */
	compact(document: string, state: Uint8Array): Promise<void>;
	/** Remembers what the server has durably. */
	setSaved(document: string, stateVector: Uint8Array): Promise<void>;
	/** Remembers that edits on this device use this client id. */
	addClient(document: string, client: number): Promise<void>;
	/** Remembers whether something is not durable on the server, so that a restart finds the document. */
	setWaiting(document: string, isWaiting: boolean): Promise<void>;
	/** Keeps what the server did not take, for its author. */
	addRefused(document: string, refusals: unknown): Promise<void>;
}

export interface StoredReplica {
	updates: Uint8Array[];
	/** state vector that the server has durably; null before it ever said */
	saved: Uint8Array | null;
	/** client ids under which this device made edits */
	clients: number[];
}

/** Marks transactions whose update came from storage or network and is not an edit of this device. */
export const remoteOrigin = Symbol('remote');

/** Updates in storage after which they are written again as one. */
const COMPACT_AFTER = 400;

export interface Replica {
	readonly name: string;
	readonly doc: Y.Doc;
	/** Changes on this device that the server does not have durably. */
	waiting(): number;
	/** The server said what it has. */
	saved(stateVector: Uint8Array): void;
	/** The server did not take these keys. */
	refused(refusals: unknown): void;
	/** Settles when all edits so far are durable on this device. @throws what storage threw. */
	settled(): Promise<void>;
	/** What storage threw last, until a later write succeeds. */
	failure(): unknown;
	/** Called after `waiting`, `failure` or refusals may have changed. @returns stops it. */
	onStatus(listener: () => void): () => void;
	destroy(): void;
}

/** Loads a document from the device's storage. */
export async function openReplica(
	name: string,
	store: ReplicaStore,
	doc = new Y.Doc()
): Promise<Replica> {
	const stored = await store.load(name);
	doc.transact(() => {
		for (const update of stored.updates) Y.applyUpdate(doc, update, remoteOrigin);
	}, remoteOrigin);

	const listeners = new Set<() => void>();
	let wasWaiting: boolean | null = null;
	const tell = () => {
		const isWaiting = waiting() > 0;
		if (isWaiting !== wasWaiting) {
			wasWaiting = isWaiting;
			void store.setWaiting(name, isWaiting).catch(fail);
		}
		for (const listener of listeners) listener();
	};
	const fail = (error: unknown) => {
		failure = error;
		for (const listener of listeners) listener();
	};
	const waiting = () => {
		let count = 0;
		for (const client of clients)
			count += Math.max(0, Y.getState(doc.store, client) - (savedClocks.get(client) ?? 0));
		return count;
	};
	const clients = new Set(stored.clients);
	const savedClocks = stored.saved ? Y.decodeStateVector(stored.saved) : new Map<number, number>();
	let failure: unknown = null;
	let unwritten: Uint8Array[] = [];
	let rows = stored.updates.length;
	let writing: Promise<void> = Promise.resolve();

	/** Writes everything that is not written yet; what fails stays and is tried again with the next edit. */
	const write = () => {
		writing = writing.then(async () => {
			if (unwritten.length === 0) return;
			const batch = unwritten;
			unwritten = [];
			try {
				await store.append(name, batch.length === 1 ? batch[0]! : Y.mergeUpdates(batch));
				failure = null;
				if (++rows > COMPACT_AFTER) {
					await store.compact(name, Y.encodeStateAsUpdate(doc));
					rows = 1;
				}
			} catch (error) {
				failure = error;
				unwritten = [...batch, ...unwritten];
			}
			tell();
		});
	};

	const keep = (update: Uint8Array, origin: unknown, _doc: Y.Doc, transaction: Y.Transaction) => {
		if (origin === remoteOrigin) return;
		if (transaction.local && !clients.has(doc.clientID)) {
			clients.add(doc.clientID);
			void store.addClient(name, doc.clientID).catch(fail);
		}
		unwritten.push(update);
		write();
		tell();
	};
	doc.on('update', keep);

	return {
		name,
		doc,
		waiting,
		saved(stateVector) {
			for (const [client, clock] of Y.decodeStateVector(stateVector))
				if (clock > (savedClocks.get(client) ?? 0)) savedClocks.set(client, clock);
			void store.setSaved(name, stateVector).catch(fail);
			tell();
		},
		refused(refusals) {
			void store.addRefused(name, refusals).then(tell, fail);
		},
		async settled() {
			await writing;
			if (failure !== null) throw failure;
		},
		failure: () => failure,
		onStatus(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		destroy() {
			doc.off('update', keep);
			listeners.clear();
			doc.destroy();
		}
	};
}
