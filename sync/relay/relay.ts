import { declarations, parseDocumentName } from '#shared/documents/names.ts';
import { Budgets } from './budget.ts';
import { Commits, type Outcome } from './commits.ts';
import type { Connection, Peer, Timing } from './peer.ts';
import type { RefusedNotice } from './protocol.ts';
import type { PresenceState } from '../presence/codec.ts';
import type { Receipts } from './receipts.ts';
import type { Change, DocumentCommit, LogEntry, StoredDocument } from './entries.ts';
import { Room } from './room.ts';

/** Where the relay keeps documents. */
export interface RelayStore {
	load(document: string): Promise<StoredDocument>;
	/** Stores in one transaction, each document behind a lock that other processes wait for; what it says is stored is durable. */
	commit(commits: DocumentCommit[]): Promise<Map<string, Outcome>>;
	/** Entries of a document after a number, in order; null when the log begins later: load it anew. */
	since(document: string, head: number): Promise<LogEntry[] | null>;
	/** The last entries' numbers of those documents that have any. */
	heads(documents: string[]): Promise<Map<string, number>>;
	/** What was not taken from somebody, after a number. */
	refusalsOf(document: string, author: string, after: number): Promise<RefusedNotice[]>;
}

/** One device's place in one room. */
export interface Seat {
	receive(frame: Uint8Array): void;
	leave(): void;
}

export interface Relay {
	/** @throws when the name is no document's */
	join(document: string, connection: Connection): Promise<Seat>;
	/** @returns root maps of a document as they are now */
	read(document: string, roots: string[]): Promise<Map<string, unknown>[]>;
	/**
	 * A change by the server. @param values what keys shall be; rights and values were checked by the caller
	 * @returns when it is durable
	 */
	edit(document: string, values: Change[]): Promise<void>;
	/** Called when something in a document has changed durably, here or in another process. */
	onChange(listener: (document: string) => void): void;
	/** Another process has stored entries of a document up to a number. */
	hear(document: string, head: number): void;
	/** Another process says who has a document open there; null: it asks who has it here. */
	hearPresence(document: string, states: PresenceState[] | null): void;
	/** Says again to other processes who is here; called every 20 s or so. */
	beat(): void;
	/** Looks in the database for what other processes stored and could not tell. */
	look(): Promise<void>;
}

export interface RelayParts {
	store: RelayStore;
	receipts: Receipts;
	timing: Timing;
	/** which life of the database this is */
	epoch: string;
	report(error: unknown): void;
	/** tells other processes what is stored */
	tell(heads: Map<string, number>): void;
	/** tells other processes who has a document open here; null: asks them who has it there */
	tellPresence?(document: string, states: PresenceState[] | null): void;
	/** transactions at a time */
	lanes?: number;
	/** structs of one piece of an answer */
	pieceStructs?: number;
	/** ms after which a room without connections leaves memory */
	idleMs?: number;
}

/** Documents that nobody has open and that stay in memory for a while all the same. */
const MAX_IDLE = 16;

export function createRelay({
	store,
	receipts,
	timing,
	epoch,
	report,
	tell,
	tellPresence = () => {},
	lanes = 1,
	pieceStructs = 1_000,
	idleMs = 30_000
}: RelayParts): Relay {
	const budgets = new Budgets();
	const rooms = new Map<string, Promise<Room>>();
	/** those that are there, in the order in which they were opened */
	const loaded = new Map<string, Room>();
	const listeners = new Set<(document: string) => void>();
	const changed = (document: string) => {
		for (const listener of listeners) listener(document);
	};
	const commits = new Commits(
		async (entries) => {
			const outcomes = await store.commit(entries);
			const heads = new Map<string, number>();
			for (const [document, outcome] of outcomes)
				if (outcome.kind === 'stored') heads.set(document, outcome.head);
			if (heads.size > 0) tell(heads);
			return outcomes;
		},
		(taken) => {
			for (const [document, { changes }] of taken) if (changes.length > 0) changed(document);
		},
		(...later) => timing.after(...later),
		lanes
	);

	const open = (document: string): Promise<Room> => {
		const existing = rooms.get(document);
		if (existing) return existing;
		const name = parseDocumentName(document);
		if (!name) return Promise.reject(new Error(`${document} is not a document`));
		const opening = store.load(document).then(
			(stored) =>
				new Room(document, declarations[name.kind], stored, {
					receipts,
					timing,
					budgets,
					epoch,
					pieceStructs,
					report,
					submit: (room) => commits.submit(room),
					onFailure: () => {
						if (rooms.get(document) !== opening) return;
						rooms.delete(document);
						loaded.delete(document);
					},
					tellPresence,
					refusalsOf: (...asked) => store.refusalsOf(...asked)
				})
		);
		rooms.set(document, opening);
		forgetMany();
		opening.then(
			(room) => {
				loaded.set(document, room);
				tellPresence(document, null);
				forgetWhenIdle(document, room);
			},
			() => rooms.delete(document)
		);
		return opening;
	};

	/** Does something with a room at a moment at which it is the one. */
	const within = async <T>(document: string, run: (room: Room) => T): Promise<Awaited<T>> => {
		for (;;) {
			const room = await open(document);
			if (loaded.get(document) === room) return await run(room);
		}
	};

	const forget = (document: string, room: Room) => {
		rooms.delete(document);
		loaded.delete(document);
		room.doc.destroy();
	};
	const forgetWhenIdle = (document: string, room: Room) =>
		timing.after(idleMs, () => {
			if (loaded.get(document) !== room) return;
			if (room.isIdle) forget(document, room);
			else forgetWhenIdle(document, room);
		});
	/** Somebody opens one document after the other: those before need not wait until they are forgotten. */
	const forgetMany = () => {
		const idle = [...loaded].filter(([, room]) => room.isIdle);
		for (const [document, room] of idle.slice(0, -MAX_IDLE)) forget(document, room);
	};

	/** the numbers up to which documents are known to go elsewhere, while what was missed is read */
	const reading = new Map<string, { upTo: number; done: Promise<void> }>();
	/** @returns when this process has what the document has up to a number, as far as it is open here */
	const catchUp = async (document: string, upTo: number): Promise<void> => {
		const room = await rooms.get(document)?.catch(() => undefined);
		if (!room || room.head >= upTo) return;
		const running = reading.get(document);
		if (running) {
			running.upTo = Math.max(running.upTo, upTo);
			return running.done;
		}
		const read = async () => {
			for (;;) {
				const before = room.head;
				const entries = await store.since(document, before);
				if (entries) room.hear(entries);
				else room.notStored(new Error(`${document} went on elsewhere`));
				const isThere = room.hasFailed || room.head >= job.upTo;
				if (isThere || room.head === before) return;
			}
		};
		const job = { upTo, done: Promise.resolve() };
		reading.set(document, job);
		job.done = read().finally(() => reading.delete(document));
		return job.done;
	};

	return {
		join: (document, connection) =>
			within(document, async (room) => {
				const peer: Peer = await room.join(connection);
				return {
					receive: (frame) => room.receive(peer, frame),
					leave: () => room.leave(peer)
				};
			}),
		async read(document, roots) {
			// what other processes have stored a moment ago counts
			if (rooms.has(document))
				await catchUp(document, (await store.heads([document])).get(document) ?? 0);
			return within(document, (room) => roots.map((root) => room.read(root)));
		},
		edit: (document, values) => within(document, (room) => room.edit(values)),
		onChange: (listener) => void listeners.add(listener),
		hear: (document, head) => void catchUp(document, head).then(() => changed(document), report),
		hearPresence(document, states) {
			const room = loaded.get(document);
			if (states) room?.hearPresence(states);
			else room?.beat();
		},
		beat() {
			for (const room of loaded.values()) room.beat();
		},
		async look() {
			const heads = await store.heads([...rooms.keys()]);
			await Promise.all([...heads].map(([document, head]) => catchUp(document, head)));
		}
	};
}
