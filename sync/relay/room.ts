import * as Y from 'yjs';
import type { DocumentDeclaration } from '#shared/documents/declaration.ts';
import { rootNames } from '../documents/inspect.ts';
import { differs } from '../documents/compare.ts';
import { writeSingle } from '../documents/single.ts';
import { readUpdate, writeUpdate } from '../documents/update.ts';
import { Audience } from './audience.ts';
import { Answers } from './answers.ts';
import { Batch, type Edit, type Keys, type Pending, addKey } from './batch.ts';
import type { Change, DocumentCommit, Entry, LogEntry, StoredDocument } from './entries.ts';
import type { Budgets } from './budget.ts';
import type { PresenceState } from '../presence/codec.ts';
import { type Intake, type IntakeParts, takeIn } from './intake.ts';
import { type Connection, Peer, type Timing } from './peer.ts';
import { type Piece, nextPiece } from './pieces.ts';
import { Presence } from './presence.ts';
import {
	type ClientMessage,
	type RefusedNotice,
	advance,
	closeCodes,
	encodeClocks,
	readClientFrame,
	writeHello,
	writePiece,
	writePing,
	writeReceipted,
	writeRefused,
	writeSaved,
	writeState,
	writeStep1,
	writeStep2
} from './protocol.ts';
import { type Owners, type Receipts, ownerOf, ownersOf } from './receipts.ts';

/** What a room works with. */
export interface RoomParts {
	receipts: Receipts;
	timing: Timing;
	budgets: Budgets;
	epoch: string;
	/** of one piece of an answer */
	pieceStructs: number;
	/** something is to be stored */
	submit(room: Room): void;
	/** the room can no longer say what is stored: forget it, its connections are closed */
	onFailure(): void;
	report(error: unknown): void;
	/** tells other processes who is here */
	tellPresence(document: string, states: PresenceState[]): void;
	/** refusals of somebody after a number */
	refusalsOf(document: string, author: string, after: number): Promise<RefusedNotice[]>;
}

/** What `takeIn` says of an edit. */
type Taken<Kind> = Extract<Intake, { kind: Kind }> extends { edit: infer Of } ? Of : never;

/** Bytes that may wait for the database; whoever sends more is sent away to come again. */
const MAX_PENDING_BYTES = 64 * 1024 ** 2;

/** One open document: its state in memory, who is connected, and how updates enter. */
export class Room {
	readonly doc = new Y.Doc();
	readonly #audience: Audience;
	/** the last entry of the log that `doc` has */
	head: number;
	#presence: Presence;
	#answers: Answers;
	/** what updates are held against; whom client ids belong to among it */
	#intake: IntakeParts;
	/** clocks that the log has */
	#durable: Map<number, number>;
	#failed = false;
	/** what this turn of the event loop has brought and is not read yet */
	#frames: [Peer, Uint8Array][] = [];
	/** questions among it, to be answered at its end */
	#asked: [Peer, Uint8Array][] = [];
	/** what was taken of it so far */
	#batch: Batch | null = null;
	#pending: Pending[] = [];
	#inFlight: Pending[] = [];
	#pendingBytes = 0;
	/** how much of what is not durable yet was refused in part */
	#held = 0;
	/** what other processes stored, heard of while a commit was under way */
	#heard: LogEntry[][] = [];
	/** connections on their way in */
	#arriving = 0;

	constructor(
		readonly name: string,
		declaration: DocumentDeclaration,
		stored: StoredDocument,
		private readonly parts: RoomParts
	) {
		for (const root of Object.keys(declaration)) this.doc.getMap(root);
		this.doc.transact(() => {
			for (const update of stored.updates) Y.applyUpdate(this.doc, update);
		});
		if (this.doc.store.pendingStructs || this.doc.store.pendingDs)
			throw new Error(`${name}: what is stored of it has a hole`);
		this.head = stored.head;
		this.#intake = {
			doc: this.doc,
			declaration,
			names: rootNames(this.doc),
			owners: stored.clients
		};
		this.#durable = Y.decodeStateVector(Y.encodeStateVector(this.doc));
		this.#audience = new Audience(parts.timing);
		this.#presence = new Presence(this.#audience.peers, (states) =>
			parts.tellPresence(name, states)
		);
		this.#answers = new Answers({
			doc: this.doc,
			timing: parts.timing,
			most: parts.pieceStructs,
			whenTellable: (peer, run) => this.#whenTellable(peer, run),
			send: (...piece) => this.#sendPiece(...piece)
		});
	}

	/** Nobody needs it in memory. */
	get isIdle(): boolean {
		const isDurable = this.#batch === null && this.#pending.length + this.#inFlight.length === 0;
		return this.#audience.peers.size + this.#arriving + this.#frames.length === 0 && isDurable;
	}

	get hasFailed(): boolean {
		return this.#failed;
	}

	/** Lets a connection in: it is told what it missed of its own refusals, and asked what the server lacks. */
	async join(connection: Connection): Promise<Peer> {
		const { timing, budgets } = this.parts;
		const budget = budgets.of(ownerOf(connection.author), timing.now());
		const peer: Peer = new Peer(connection, timing, budget, () => {
			const since = new Map(this.#durable);
			return () =>
				this.#whenTellable(peer, () =>
					this.#sendPiece(peer, nextPiece(this.doc, since), since, writeReceipted)
				);
		});
		if (connection.dialect === 'v2') {
			this.#arriving++;
			const refused = await this.parts
				.refusalsOf(this.name, ownerOf(connection.author), connection.refusalsSeen)
				.finally(() => this.#arriving--);
			peer.send(writeHello({ epoch: this.parts.epoch, role: connection.author.role }));
			for (const notice of refused) peer.send(writeRefused(notice));
		}
		if (this.#failed) peer.close(closeCodes.unavailable, 'not stored; try again');
		else {
			this.#audience.peers.add(peer);
			peer.send(writeStep1(Y.encodeStateVector(this.doc)));
			this.#presence.greet(peer);
		}
		return peer;
	}

	leave(peer: Peer): void {
		this.#readTurn();
		peer.isGone = true;
		this.#audience.peers.delete(peer);
		this.#presence.leave(peer);
		this.#answers.leave(peer);
	}

	/** Takes one frame from a connection; what is wrong with it ends the connection with a code. */
	receive(peer: Peer, frame: Uint8Array): void {
		if (peer.isGone) return;
		if (this.#failed) return peer.close(closeCodes.unavailable, 'not stored; try again');
		this.#frames.push([peer, frame]);
		if (this.#frames.length === 1) this.parts.timing.soon(() => this.#readTurn());
	}

	/** One transaction for all frames of a turn: Yjs begins and ends each at a cost that grows with the document. */
	#readTurn(): void {
		const frames = this.#frames;
		if (frames.length === 0) return;
		this.#frames = [];
		try {
			this.doc.transact(() => {
				for (const [peer, frame] of frames) {
					try {
						this.#read(peer, frame);
					} catch (error) {
						this.parts.report(error);
						peer.close(closeCodes.unavailable, 'something went wrong; try again');
					}
				}
			});
			this.#seal();
			for (const [peer, asked] of this.#asked.splice(0)) this.#answers.ask(peer, asked);
		} catch (error) {
			// what is in memory may never reach the log: memory must not go on with it
			this.parts.report(error);
			this.notStored(error);
		}
	}

	#read(peer: Peer, frame: Uint8Array): void {
		if (peer.isGone || this.#failed) return;
		peer.connection.onReading?.();
		const said = readClientFrame(frame);
		if (!said || (said.length > 1 && !peer.isV2))
			return peer.close(closeCodes.malformed, 'not a message of this protocol');
		const start = this.parts.timing.now();
		for (const message of said) {
			if (peer.isGone) return;
			this.#hear(peer, message);
		}
		peer.worked(start);
	}

	#hear(peer: Peer, message: ClientMessage): void {
		switch (message.kind) {
			case 'step1':
				return void this.#asked.push([peer, message.stateVector]);
			case 'update':
				return this.#take(peer, message.update, null);
			case 'receipted': {
				const owners = this.parts.receipts.read(this.name, message.update, message.receipt);
				if (!owners) return peer.close(closeCodes.malformed, 'not a receipt of this server');
				return this.#take(peer, message.update, owners);
			}
			case 'awareness':
				return this.#presence.hear(peer, message.update);
			case 'ping':
				return peer.send(writePing());
			case 'queryAwareness':
				return this.#presence.greet(peer);
		}
	}

	/** Who holds no receipts must not hear of what is not durable yet: after a crash they would offer it as theirs. */
	#whenTellable(peer: Peer, run: () => void): void {
		this.#seal();
		const last = this.#pending.at(-1) ?? this.#inFlight.at(-1);
		if (!last || (peer.isV2 && this.#held === 0)) return run();
		const before = last.settle;
		last.settle = (error) => {
			before?.(error);
			if (error === undefined) this.#whenTellable(peer, run);
		};
	}

	#sendPiece(
		peer: Peer,
		{ update, clients, isLast }: Piece,
		before: ReadonlyMap<number, number>,
		write = isLast ? writeState : writePiece
	): void {
		if (!peer.isV2) return peer.send(writeStep2(update));
		const owners: Owners = new Map(
			clients.map((client) => [client, this.#intake.owners.get(client) ?? 'server'])
		);
		const durable = new Map<number, number>();
		for (const client of clients) {
			const clock = this.#durable.get(client) ?? 0;
			if (clock > (before.get(client) ?? 0)) durable.set(client, clock);
		}
		peer.send(write(update, this.parts.receipts.write(this.name, update, owners)));
		peer.send(writeSaved(encodeClocks(durable)));
	}

	/** @param by who wrote it according to a receipt; null: whoever sends it */
	#take(peer: Peer, bytes: Uint8Array, by: Owners | null): void {
		if (this.#pendingBytes > MAX_PENDING_BYTES)
			return peer.close(closeCodes.unavailable, 'too much waits to be stored; try again');
		const taken = takeIn(this.#intake, peer, bytes, by);
		switch (taken.kind) {
			case 'gap':
				return peer.send(writeStep1(Y.encodeStateVector(this.doc)));
			case 'close':
				return peer.close(taken.code, taken.reason);
			case 'known':
				return this.#sayDurable(peer, taken.clients);
			case 'edit':
				return this.#enter(taken.edit);
			case 'single':
				return this.#enterSingle(taken.edit);
		}
	}

	/** Applies what is allowed, and hands it to be told and stored. */
	#enter(taken: Taken<'edit'>): void {
		const { owners, update, refused, bytes } = taken;
		const newClients: Edit['newClients'] = [];
		for (const [client, owner] of owners) {
			if (this.#intake.owners.has(client)) continue;
			this.#intake.owners.set(client, owner);
			newClients.push([client, owner]);
		}
		const written = update && writeUpdate(update);
		if (written) this.#apply(written);
		const { from, author, keys } = taken;
		const clocks = this.#clocksOf(owners.keys());
		// what was refused in part is told by itself, and later
		if (refused.length > 0) this.#seal();
		const edit = {
			from,
			author,
			update,
			written,
			owners,
			newClients,
			clocks,
			keys,
			refused,
			bytes
		};
		this.#batchFor(bytes, owners.size).add(edit);
		if (refused.length > 0) this.#seal();
	}

	/** The same for the most usual one. */
	#enterSingle({ from, author, single, root, key, bytes }: Taken<'single'>): void {
		const { client } = single.struct;
		const isNewClient = !this.#intake.owners.has(client);
		if (isNewClient) this.#intake.owners.set(client, author);
		const written = writeSingle(single);
		this.#apply(written);
		const edit = { from, author, single, root, key, bytes, written, isNewClient };
		this.#batchFor(bytes, 1).addSingle(edit);
	}

	#batchFor(bytes: number, clients: number): Batch {
		if (this.#batch?.hasRoomFor(bytes, clients) === false) this.#seal();
		this.#pendingBytes += bytes;
		return (this.#batch ??= new Batch());
	}

	/** It sent what is known: what it waits for is durable, or will be said to be with the next commit. */
	#sayDurable(peer: Peer, clients: Iterable<number>): void {
		if (peer.connection.dialect === 'stock') return;
		// the first version takes each answer for the whole
		const named = peer.isV2 ? clients : this.#durable.keys();
		peer.send(
			writeSaved(
				encodeClocks(new Map([...named].map((client) => [client, this.#durable.get(client) ?? 0])))
			)
		);
	}

	#clocksOf(clients: Iterable<number>): Map<number, number> {
		const clocks = new Map<number, number>();
		for (const client of clients) clocks.set(client, Y.getState(this.doc.store, client));
		return clocks;
	}

	#apply(update: Uint8Array): void {
		Y.applyUpdate(this.doc, update);
		// Cannot happen after inspection; if it does, memory must not go on with it.
		if (this.doc.store.pendingStructs || this.doc.store.pendingDs) {
			this.#fail();
			throw new Error(`${this.name}: an inspected update did not integrate`);
		}
	}

	/** What this turn brought so far is told and queued for the next commit as one. */
	#seal(): void {
		const batch = this.#batch;
		this.#batch = null;
		if (!batch || this.#failed) return;
		this.#queue(batch.seal(this.name, this.parts.receipts));
	}

	/**
	 * Those who hold receipts hear of it now, the others when it is durable, and so does everybody of what was refused in
	 * part: without its author being told it must not spread.
	 */
	#queue(pending: Pending): void {
		const { entry } = pending;
		this.#pending.push(pending);
		if (entry.refused.length > 0) this.#held++;
		pending.isTold = this.#held === 0;
		if (pending.isTold && entry.update.length > 0) this.#audience.tellEarly(pending);
		this.parts.submit(this);
	}

	/** @returns what the next transaction has of this document. */
	commit(): DocumentCommit {
		return {
			document: this.name,
			head: this.head,
			catchUp: (missed) => this.#takeUp(missed),
			take: () => {
				this.#seal();
				this.#inFlight.push(...this.#pending);
				this.#pending = [];
				const [first, ...more] = this.#inFlight;
				const keys: Keys = more.length > 0 || !first ? new Map() : first.keys;
				if (more.length > 0)
					for (const pending of this.#inFlight)
						for (const [root, some] of pending.keys)
							for (const key of some) addKey(keys, root, key);
				const changes: Change[] = [];
				for (const [root, some] of keys) {
					const map = this.doc.getMap(root);
					for (const key of some) changes.push({ root, key, value: map.get(key) });
				}
				return { entries: this.#inFlight.map(({ entry }) => entry), changes };
			}
		};
	}

	/**
	 * All that `take` gave is durable.
	 * @param refusals numbers of the stored refusals, in their order
	 */
	stored(head: number, refusals: number[], at: string): void {
		const done = this.#inFlight;
		this.#inFlight = [];
		this.head = head;
		const senders: Pending['senders'] = new Map();
		const numbers = [...refusals];
		for (const pending of done) {
			const { entry, clocks } = pending;
			this.#pendingBytes -= pending.bytes;
			if (entry.refused.length > 0) this.#held--;
			if (entry.update.length > 0) this.#audience.tellStored(pending);
			advance(this.#durable, clocks);
			for (const [peer, mine] of pending.senders) {
				const all = senders.get(peer) ?? new Map<number, number>();
				advance(all, mine);
				senders.set(peer, all);
			}
			for (const notice of entry.refused)
				this.#audience.sayRefused(notice, numbers.shift()!, at, pending.senders.keys());
		}
		this.#audience.saySaved(senders);
		for (const peer of senders.keys())
			if (peer?.connection.dialect === 'v1') this.#sayDurable(peer, []);
		for (const { settle } of done) settle?.();
		this.#hearLater();
	}

	/** What `take` gave could not be stored. */
	notStored(error: unknown): void {
		// it may be waiting for the next transaction already: nothing of it may go in any more
		const lost = [...this.#inFlight.splice(0), ...this.#pending.splice(0)];
		this.#fail();
		for (const { settle } of lost) settle?.(error);
	}

	/** Another process says who is there. */
	hearPresence(states: PresenceState[]): void {
		this.#presence.hearElsewhere(states, this.parts.timing.now());
	}

	/** Says again to other processes who is here. */
	beat(): void {
		this.#presence.beat(this.parts.timing.now());
	}

	/** Other processes have stored these entries. */
	hear(entries: LogEntry[]): void {
		if (this.#failed) return;
		if (this.#inFlight.length > 0) this.#heard.push(entries);
		else if (!this.#takeUp(entries)) this.#fail();
	}

	#hearLater(): void {
		for (const entries of this.#heard.splice(0)) this.hear(entries);
	}

	/** @returns false when they contradict what is in memory here */
	#takeUp(entries: LogEntry[]): boolean {
		for (const entry of entries) {
			const { seq, author, update, receipt } = entry;
			if (seq <= this.head) continue;
			const structs = readUpdate(update).structs;
			if (differs(this.doc, structs)) return false;
			const said = receipt && ownersOf(receipt);
			for (const client of structs.keys()) {
				const owner = said?.get(client) ?? author;
				if ((this.#intake.owners.get(client) ?? owner) !== owner) return false;
				this.#intake.owners.set(client, owner);
			}
			this.#apply(update);
			this.head = seq;
			const clocks = this.#clocksOf(structs.keys());
			// what waits here may go further than what was stored there
			for (const [client, group] of structs) {
				const last = group.at(-1)!;
				clocks.set(client, last.clock + last.length);
			}
			this.#audience.tellEntry(entry);
			advance(this.#durable, clocks);
			this.#audience.saySaved(new Map([[null, clocks]]));
		}
		return true;
	}

	/** The log and memory disagree: end here, devices offer again what is missing to a fresh room. */
	#fail(): void {
		if (this.#failed) return;
		this.#failed = true;
		this.parts.onFailure();
		this.#audience.close(closeCodes.unavailable, 'not stored; try again');
	}

	/** @returns a root map as it is now */
	read(root: string): Map<string, unknown> {
		this.#readTurn();
		return new Map(this.doc.getMap(root).entries());
	}

	/**
	 * A change by the server on behalf of somebody (REST, jobs): one more replica of the document.
	 * @param values what keys shall be; those that are so already stay untouched. Rights and values were checked by the caller.
	 * @returns when it is durable
	 */
	edit(values: { root: string; key: string; value: unknown }[]): Promise<void> {
		if (this.#failed) return Promise.reject(new Error(`${this.name} is not available`));
		const keys: Keys = new Map();
		let update: Uint8Array | null = null;
		const collect = (bytes: Uint8Array) => (update = bytes);
		this.doc.once('update', collect);
		this.doc.transact(() => {
			for (const { root, key, value } of values) {
				const map = this.doc.getMap(root);
				if (JSON.stringify(map.get(key) ?? null) === JSON.stringify(value)) continue;
				map.set(key, value);
				addKey(keys, root, key);
			}
		}, this);
		this.doc.off('update', collect);
		if (update === null) return Promise.resolve();
		this.#seal();
		const bytes: Uint8Array = update;
		const pending = this.#own(bytes, keys);
		return new Promise((resolve, reject) => {
			pending.settle = (error) => (error === undefined ? resolve() : reject(error as Error));
			this.#queue(pending);
		});
	}

	/** What is stored of an edit that the server made. */
	#own(update: Uint8Array, keys: Keys): Pending {
		const { clientID } = this.doc;
		const newClients: Entry['newClients'] = this.#intake.owners.has(clientID)
			? []
			: [[clientID, 'server']];
		this.#intake.owners.set(clientID, 'server');
		const receipt = this.parts.receipts.write(this.name, update, new Map([[clientID, 'server']]));
		const clocks = this.#clocksOf([clientID]);
		return {
			entry: { author: 'server', update, receipt, newClients, refused: [] },
			clocks,
			keys,
			senders: new Map([[null, clocks]]),
			bytes: 0
		};
	}
}
