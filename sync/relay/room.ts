import * as Y from 'yjs';
import type { DocumentDeclaration } from '#shared/documents/declaration.ts';
import type { Author } from '../documents/authorise.ts';
import { type Inspection, inspect, rootNames, withoutRefused } from '../documents/inspect.ts';
import { differs } from '../documents/compare.ts';
import { UpdateError, readUpdate, writeUpdate } from '../documents/update.ts';
import type { DocumentCommit, Entry, LogEntry, StoredDocument } from './entries.ts';
import { type Judgement, type NewNotice, judge } from './judge.ts';
import { type Connection, Peer, type Timing } from './peer.ts';
import { Presence } from './presence.ts';
import {
	type ClientMessage,
	type RefusedNotice,
	closeCodes,
	decodeClocks,
	encodeClocks,
	readClientFrame,
	writeHello,
	writePing,
	writeReceipted,
	writeRefused,
	writeSaved,
	writeState,
	writeStep1,
	writeStep2,
	writeUpdateMessage
} from './protocol.ts';
import { type ClientOwner, type Owners, type Receipts, ownersOf } from './receipts.ts';

/** What a room works with. */
export interface RoomParts {
	receipts: Receipts;
	timing: Timing;
	epoch: string;
	/** something is to be stored */
	submit(room: Room): void;
	/** the room can no longer say what is stored: forget it, its connections are closed */
	onFailure(): void;
	/** refusals of somebody after a number */
	refusalsOf(document: string, author: string, after: number): Promise<RefusedNotice[]>;
}

interface Pending {
	entry: Entry;
	/** clocks after it */
	clocks: Map<number, number>;
	keys: { root: string; key: string }[];
	from: Peer | null;
	/** those who hold receipts have heard of it */
	isTold?: boolean;
	settle?: (error?: unknown) => void;
}

/** Bytes that may wait for the database; whoever sends more is sent away to come again. */
const MAX_PENDING_BYTES = 64 * 1024 ** 2;

const ownerOf = (author: Author): ClientOwner => (author.role === 'server' ? 'server' : author.id);

/** One open document: its state in memory, who is connected, and how updates enter. */
export class Room {
	readonly doc = new Y.Doc();
	readonly peers = new Set<Peer>();
	/** the last entry of the log that `doc` has */
	head: number;
	#presence: Presence;
	#names: Map<unknown, string>;
	#owners: Owners;
	/** clocks that the log has */
	#durable: Map<number, number>;
	#failed = false;
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
		private readonly declaration: DocumentDeclaration,
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
		this.#names = rootNames(this.doc);
		this.#owners = stored.clients;
		this.#durable = Y.decodeStateVector(Y.encodeStateVector(this.doc));
		this.#presence = new Presence(this.peers);
	}

	/** Something is not durable yet. */
	get isBusy(): boolean {
		return this.#pending.length + this.#inFlight.length > 0;
	}

	/** Nobody needs it in memory. */
	get isIdle(): boolean {
		return this.peers.size + this.#arriving === 0 && !this.isBusy;
	}

	get hasFailed(): boolean {
		return this.#failed;
	}

	/** Lets a connection in: it is told what it missed of its own refusals, and asked what the server lacks. */
	async join(connection: Connection): Promise<Peer> {
		const peer: Peer = new Peer(connection, this.parts.timing, () => {
			const since = encodeClocks(this.#durable);
			return () => this.#answer(peer, since, writeReceipted);
		});
		if (connection.dialect === 'v2') {
			this.#arriving++;
			const refused = await this.parts
				.refusalsOf(this.name, ownerOf(connection.author), connection.refusalsSeen)
				.finally(() => this.#arriving--);
			peer.send(writeHello({ epoch: this.parts.epoch }));
			for (const notice of refused) peer.send(writeRefused(notice));
		}
		if (this.#failed) peer.close(closeCodes.unavailable, 'not stored; try again');
		else {
			this.peers.add(peer);
			peer.send(writeStep1(Y.encodeStateVector(this.doc)));
			this.#presence.greet(peer);
		}
		return peer;
	}

	leave(peer: Peer): void {
		peer.isGone = true;
		this.peers.delete(peer);
		this.#presence.leave(peer);
	}

	/** Takes one frame from a connection. Never throws: what is wrong ends the connection with a code. */
	receive(peer: Peer, frame: Uint8Array): void {
		if (peer.isGone) return;
		if (this.#failed) return peer.close(closeCodes.unavailable, 'not stored; try again');
		const said = readClientFrame(frame);
		if (!said || (said.length > 1 && peer.connection.dialect !== 'v2'))
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
				return this.#answer(peer, message.stateVector);
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
	#answer(peer: Peer, stateVector: Uint8Array, write = writeState): void {
		if (!decodeClocks(stateVector)) return peer.close(closeCodes.malformed, 'not a state vector');
		if (!this.isBusy || (isV2(peer) && this.#held === 0))
			for (const message of this.#stateMessages(peer, stateVector, write)) peer.send(message);
		else {
			const last = this.#pending.at(-1) ?? this.#inFlight.at(-1)!;
			const before = last.settle;
			last.settle = (error) => {
				before?.(error);
				if (error === undefined) this.#answer(peer, stateVector, write);
			};
		}
	}

	/** What somebody with this state vector lacks, and what of it is durable. */
	#stateMessages(peer: Peer, stateVector: Uint8Array, write: typeof writeState): Uint8Array[] {
		const state = Y.encodeStateAsUpdate(this.doc, stateVector);
		if (peer.connection.dialect !== 'v2') return [writeStep2(state)];
		const has = decodeClocks(stateVector)!;
		const owners: Owners = new Map();
		const durable = new Map<number, number>();
		for (const client of this.doc.store.clients.keys()) {
			if (Y.getState(this.doc.store, client) > (has.get(client) ?? 0))
				owners.set(client, this.#owners.get(client) ?? 'server');
			const clock = this.#durable.get(client) ?? 0;
			if (clock > (has.get(client) ?? 0)) durable.set(client, clock);
		}
		const receipt = this.parts.receipts.write(this.name, state, owners);
		return [write(state, receipt), writeSaved(encodeClocks(durable))];
	}

	/** @param by who wrote it according to a receipt; null: whoever sends it */
	#take(peer: Peer, bytes: Uint8Array, by: Owners | null): void {
		const { author, dialect } = peer.connection;
		if (this.#pendingBytes > MAX_PENDING_BYTES)
			return peer.close(closeCodes.unavailable, 'too much waits to be stored; try again');
		let inspection: Inspection;
		let named: number[];
		try {
			const update = readUpdate(bytes);
			named = [...update.structs.keys()];
			inspection = inspect(this.doc, update, this.#names);
			this.#assertOwn(inspection.clients, (client) => (by ? by.get(client) : ownerOf(author)));
		} catch (error) {
			if (!(error instanceof UpdateError)) throw error;
			if (error.fault === 'gap') return peer.send(writeStep1(Y.encodeStateVector(this.doc)));
			const code =
				error.fault === 'limit'
					? closeCodes.tooLarge
					: error.fault === 'foreign_client' && dialect === 'v2'
						? closeCodes.foreignClient
						: closeCodes.malformed;
			return peer.close(code, error.message.slice(0, 100));
		}
		// what the server has receipted was judged when it did
		const judged = judge(
			this.doc,
			this.declaration,
			inspection,
			by ? { id: author.id, role: 'server' } : author,
			(client) => by?.get(client) ?? ownerOf(author),
			dialect === 'v2'
		);
		if (judged.notices.length > 0 && dialect === 'stock') {
			const reason = judged.notices[0]!.refusals[0]?.message ?? 'It continues a refused change.';
			return peer.close(closeCodes.forbidden, reason.slice(0, 100));
		}
		const { clients, changes } = inspection;
		if (
			clients.length === 0 &&
			changes.length === judged.refused.length &&
			judged.notices.length === 0
		)
			return this.#sayDurable(peer, named);
		this.#enter(peer, inspection, judged, by);
	}

	/** Applies what is allowed, tells the others, and hands it to be stored. */
	#enter(
		peer: Peer,
		inspection: Inspection,
		{ refused, notices }: Judgement,
		by: Owners | null
	): void {
		const me = ownerOf(peer.connection.author);
		const keys = inspection.changes
			.filter((change) => !refused.includes(change))
			.map(({ root, key }) => ({ root, key }));
		const isNothing = inspection.clients.length === 0 && keys.length === 0;
		const update = isNothing ? new Uint8Array() : writeUpdate(withoutRefused(inspection, refused));
		const owners: Owners = new Map(
			inspection.clients.map((client) => [client, by?.get(client) ?? me])
		);
		const newClients = [...owners].filter(([client]) => !this.#owners.has(client));
		for (const [client, owner] of newClients) this.#owners.set(client, owner);
		if (!isNothing) this.#apply(update, peer);
		const entry: Entry = {
			author: by && owners.size === 1 ? [...owners.values()][0]! : me,
			update,
			receipt: this.parts.receipts.write(this.name, update, owners),
			newClients,
			refused: notices
		};
		this.#store({ entry, clocks: this.#clocksOf(inspection.clients), keys, from: peer });
	}

	/** It sent what is known: what it waits for is durable, or will be said to be with the next commit. */
	#sayDurable(peer: Peer, clients: Iterable<number>): void {
		if (peer.connection.dialect === 'stock') return;
		// the first version takes each answer for the whole
		const named = isV2(peer) ? clients : this.#durable.keys();
		peer.send(
			writeSaved(
				encodeClocks(new Map([...named].map((client) => [client, this.#durable.get(client) ?? 0])))
			)
		);
	}

	#clocksOf(clients: Iterable<number>): Map<number, number> {
		return new Map([...clients].map((client) => [client, Y.getState(this.doc.store, client)]));
	}

	#assertOwn(clients: number[], claimed: (client: number) => ClientOwner | undefined): void {
		for (const client of clients) {
			const owner = this.#owners.get(client);
			const writer = claimed(client);
			if (writer === undefined || (owner !== undefined && owner !== writer))
				throw new UpdateError('foreign_client', `client ${client} belongs to somebody else`);
		}
	}

	#apply(update: Uint8Array, origin: unknown): void {
		Y.applyUpdate(this.doc, update, origin);
		// Cannot happen after inspection; if it does, memory must not go on with it.
		if (this.doc.store.pendingStructs || this.doc.store.pendingDs) {
			this.#fail();
			throw new Error(`${this.name}: an inspected update did not integrate`);
		}
	}

	/**
	 * Queues it for the next commit. Those who hold receipts hear of it now, the others when it is durable, and so does
	 * everybody of what was refused in part: without its author being told it must not spread.
	 */
	#store(pending: Pending): void {
		const { entry, from } = pending;
		this.#pending.push(pending);
		this.#pendingBytes += entry.update.length;
		if (entry.refused.length > 0) this.#held++;
		pending.isTold = this.#held === 0;
		if (pending.isTold && entry.update.length > 0)
			this.#tell(writeReceipted(entry.update, entry.receipt), from, isV2);
		this.parts.submit(this);
	}

	#tell(message: Uint8Array, from: Peer | null, to: (peer: Peer) => boolean): void {
		for (const peer of this.peers) if (peer !== from && to(peer)) peer.tell(message);
	}

	/** @returns what the next transaction has of this document. */
	commit(): DocumentCommit {
		return {
			document: this.name,
			head: this.head,
			catchUp: (missed) => this.#takeUp(missed),
			take: () => {
				this.#inFlight.push(...this.#pending);
				this.#pending = [];
				const keys = new Map(
					this.#inFlight.flatMap((each) =>
						each.keys.map(({ root, key }) => [`${root}\n${key}`, { root, key }] as const)
					)
				);
				return {
					entries: this.#inFlight.map(({ entry }) => entry),
					changes: [...keys.values()].map(({ root, key }) => ({
						root,
						key,
						value: this.doc.getMap(root).get(key)
					}))
				};
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
		const clocks = new Map<number, number>();
		const numbers = [...refusals];
		for (const { entry, clocks: after, from, isTold } of done) {
			this.#pendingBytes -= entry.update.length;
			if (entry.refused.length > 0) this.#held--;
			if (entry.update.length > 0) {
				this.#tell(writeUpdateMessage(entry.update), from, (peer) => !isV2(peer));
				if (!isTold) this.#tell(writeReceipted(entry.update, entry.receipt), from, isV2);
			}
			for (const [client, clock] of after) clocks.set(client, clock);
			for (const notice of entry.refused) this.#sayRefused(notice, numbers.shift()!, at, from);
		}
		this.#advance(clocks);
		const senders = new Set(done.map(({ from }) => from));
		this.#saySaved(clocks, senders);
		for (const { settle } of done) settle?.();
		this.#hearLater();
	}

	/** All devices of the person hear of it: the one that wrote it may have come back over another connection. */
	#sayRefused({ author, ...rest }: NewNotice, id: number, at: string, from: Peer | null): void {
		const notice: RefusedNotice = { id, at, ...rest };
		for (const peer of this.peers) {
			if (isV2(peer) && ownerOf(peer.connection.author) === author) peer.send(writeRefused(notice));
			else if (peer === from && !isV2(peer)) peer.send(writeRefused(notice.refusals));
		}
	}

	#advance(clocks: Map<number, number>): void {
		for (const [client, clock] of clocks)
			if (clock > (this.#durable.get(client) ?? 0)) this.#durable.set(client, clock);
	}

	#saySaved(clocks: Map<number, number>, senders: ReadonlySet<Peer | null>): void {
		const brief = writeSaved(encodeClocks(clocks));
		for (const peer of this.peers) {
			if (isV2(peer)) peer.send(brief);
			else if (peer.connection.dialect === 'v1' && senders.has(peer)) this.#sayDurable(peer, []);
		}
	}

	/** What `take` gave could not be stored. */
	notStored(error: unknown): void {
		// it may be waiting for the next transaction already: nothing of it may go in any more
		const lost = [...this.#inFlight.splice(0), ...this.#pending.splice(0)];
		this.#fail();
		for (const { settle } of lost) settle?.(error);
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
		for (const { seq, author, update, receipt } of entries) {
			if (seq <= this.head) continue;
			const structs = readUpdate(update).structs;
			if (differs(this.doc, structs)) return false;
			const said = receipt && ownersOf(receipt);
			for (const client of structs.keys()) {
				const owner = said?.get(client) ?? author;
				if ((this.#owners.get(client) ?? owner) !== owner) return false;
				this.#owners.set(client, owner);
			}
			this.#apply(update, null);
			this.head = seq;
			const clocks = this.#clocksOf(structs.keys());
			// what waits here may go further than what was stored there
			for (const [client, group] of structs) {
				const last = group.at(-1)!;
				clocks.set(client, last.clock + last.length);
			}
			this.#tell(
				receipt ? writeReceipted(update, receipt) : writeUpdateMessage(update),
				null,
				isV2
			);
			this.#tell(writeUpdateMessage(update), null, (peer) => !isV2(peer));
			this.#advance(clocks);
			this.#saySaved(clocks, new Set());
		}
		return true;
	}

	/** The log and memory disagree: end here, devices offer again what is missing to a fresh room. */
	#fail(): void {
		if (this.#failed) return;
		this.#failed = true;
		this.parts.onFailure();
		for (const peer of this.peers) peer.close(closeCodes.unavailable, 'not stored; try again');
		this.peers.clear();
	}

	/** @returns a root map as it is now */
	read(root: string): Map<string, unknown> {
		return new Map(this.doc.getMap(root).entries());
	}

	/**
	 * A change by the server on behalf of somebody (REST, jobs): one more replica of the document.
	 * @param values what keys shall be; those that are so already stay untouched. Rights and values were checked by the caller.
	 * @returns when it is durable
	 */
	edit(values: { root: string; key: string; value: unknown }[]): Promise<void> {
		if (this.#failed) return Promise.reject(new Error(`${this.name} is not available`));
		const keys: Pending['keys'] = [];
		let update: Uint8Array | null = null;
		const collect = (bytes: Uint8Array) => (update = bytes);
		this.doc.once('update', collect);
		this.doc.transact(() => {
			for (const { root, key, value } of values) {
				const map = this.doc.getMap(root);
				if (JSON.stringify(map.get(key) ?? null) === JSON.stringify(value)) continue;
				map.set(key, value);
				keys.push({ root, key });
			}
		}, this);
		this.doc.off('update', collect);
		if (update === null) return Promise.resolve();
		const { clientID } = this.doc;
		const newClients: Entry['newClients'] = this.#owners.has(clientID)
			? []
			: [[clientID, 'server']];
		this.#owners.set(clientID, 'server');
		const bytes: Uint8Array = update;
		const owners: Owners = new Map([[clientID, 'server']]);
		return new Promise((resolve, reject) => {
			this.#store({
				entry: {
					author: 'server',
					update: bytes,
					receipt: this.parts.receipts.write(this.name, bytes, owners),
					newClients,
					refused: []
				},
				clocks: this.#clocksOf([clientID]),
				keys,
				from: null,
				settle: (error) => (error === undefined ? resolve() : reject(error as Error))
			});
		});
	}
}

const isV2 = (peer: Peer) => peer.connection.dialect === 'v2';
