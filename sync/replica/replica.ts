// A device's copy of one document: loaded from the device's own storage, written back edit by edit, honest about what
// the server does not have durably, and rebuilt from what the server says where the two disagree.
import * as Y from 'yjs';
import { differs } from '../documents/compare.ts';
import { readUpdate } from '../documents/update.ts';
import {
	type Hello,
	type RefusedNotice,
	type ServerMessage,
	decodeClocks,
	encodeClocks,
	writeReceipted,
	writeStep1,
	writeStep2,
	writeUpdateMessage
} from '../relay/protocol.ts';
import { Kept, sortRows } from './kept.ts';
import { clocksOf, covers, endsOf, ownSince } from './own.ts';
import { type Row, apply, applyWhole, connects, fits, isWhole, remoteOrigin } from './rows.ts';
import type { ReplicaStore, StoredReplica } from './store.ts';
import { changesSince, placeOf } from './waiting.ts';

/** Edits of this device's tabs on their way to each other. */
export interface TabChannel {
	post(document: string, update: Uint8Array): void;
	/** @returns stops it */
	listen(document: string, hear: (update: Uint8Array) => void): () => void;
}

const noTabs: TabChannel = { post: () => {}, listen: () => () => {} };

/** A connection to the relay, as the replica sees it. */
export interface Wire {
	send(message: Uint8Array): void;
	/** Ends it; another one comes after a while. */
	end(): void;
}

/** Rebuilds over one connection, after which it is given up for a while: they lead nowhere. */
const MAX_REBUILDS = 20;

interface Options {
	tabs?: TabChannel;
	makeDoc?: () => Y.Doc;
}

export class Replica {
	doc: Y.Doc;
	refusalsSeen: number;
	/** updates in storage that could not be read any more */
	readonly #unreadable: number;
	/** rows in storage that continue what is not there: the server may have it */
	#orphans: Row[];
	#kept: Kept;
	#own: Set<number>;
	/** clocks that the server has durably */
	#saved: Map<number, number>;
	/** what this person is here, as the server judged the last connection */
	role: string | null = null;
	/** the life of the server's database in which it said what is saved */
	epoch: string | null;
	#wire: Wire | null = null;
	/** the server greeted in the second version of the protocol */
	#isGreeted = false;
	/** edits of before the connection have been given to the server: those of now follow one by one */
	#isGiven = false;
	#isSynced = false;
	/** it is asked for everything since the doubt, and the answer decides */
	#rebuilding: {
		doc: Y.Doc;
		base: Row[];
		queued: [Uint8Array, Uint8Array | null][];
		/** more was refused since: what it begins with is too much */
		isStale: boolean;
	} | null = null;
	/**
	 * What the server surely had when it said something else than this document, or refused something: until the document is
	 * rebuilt, rows beyond it are not trusted, and nothing later is written down.
	 */
	#doubt: Map<number, number> | null = null;
	/** clocks that the server has refused in this tab's life: whoever does not have them has not heard of it yet */
	#refusedEnds = new Map<number, number>();
	/** the documents for which answers are on their way, in their order */
	#asked: Y.Doc[] = [];
	#rebuilds = 0;
	/** what the server had when it was last given everything, to notice a circle */
	#lastHad = '';
	#wasWaiting: boolean | null = null;
	#listeners = new Set<() => void>();
	#replaced = new Set<(doc: Y.Doc) => void>();
	#forgetTabs: () => void;

	private constructor(
		readonly name: string,
		private readonly store: ReplicaStore,
		stored: StoredReplica,
		private readonly tabs: TabChannel,
		private readonly makeDoc: () => Y.Doc
	) {
		this.#own = new Set(stored.clients);
		this.#saved = (stored.saved && decodeClocks(stored.saved)) ?? new Map<number, number>();
		this.epoch = stored.epoch;
		this.refusalsSeen = stored.refusalsSeen;
		const rows = stored.rows.map((row) => ({ ...row, ends: endsOf(row.bytes) }));
		this.doc = makeDoc();
		const sorted = sortRows(this.doc, rows);
		this.#unreadable = stored.damaged;
		this.#orphans = sorted.orphans;
		this.#kept = new Kept(
			name,
			store,
			sorted.rows,
			() => this.#tell(),
			(bytes) => tabs.post(name, bytes)
		);
		if (sorted.repeated.length > 0) this.#kept.remove(sorted.repeated);
		this.doc.on('update', this.#keep);
		this.#forgetTabs = tabs.listen(name, (update) => this.#hearTab(update));
	}

	/** Loads a document from the device's storage. */
	static async open(
		name: string,
		store: ReplicaStore,
		{ tabs = noTabs, makeDoc = () => new Y.Doc() }: Options = {}
	): Promise<Replica> {
		// what other tabs say while this one reads
		const early: Uint8Array[] = [];
		const forget = tabs.listen(name, (update) => early.push(update));
		try {
			const replica = new Replica(name, store, await store.load(name), tabs, makeDoc);
			for (const update of early) replica.#hearTab(update);
			return replica;
		} finally {
			forget();
		}
	}

	/** Own changes that the server does not have durably. */
	waiting(): number {
		let count = 0;
		for (const client of this.#own)
			count += Math.max(0, Y.getState(this.doc.store, client) - (this.#saved.get(client) ?? 0));
		return count;
	}

	/** Of them, those that are not durable on this device yet either. */
	unkept(): number {
		return Math.min(this.#kept.unkept, this.waiting());
	}

	/** Updates in storage that are lost: they cannot be read, or continue such, and the server did not have those. */
	get damaged(): number {
		return this.#unreadable + this.#orphans.length;
	}

	/** The server's state has arrived since the connection was made. */
	get isSynced(): boolean {
		return this.#isSynced;
	}

	/** What storage threw last, until a later write succeeds. */
	failure(): unknown {
		return this.#kept.writer.failure;
	}

	/** Tries to write again what storage did not take. */
	retry(): void {
		this.#kept.writer.retry();
	}

	/** Settles when all edits so far are durable on this device. @throws what storage threw. */
	settled(): Promise<void> {
		return this.#kept.writer.settled();
	}

	/** Called after counts, failure or refusals may have changed. @returns stops it. */
	onStatus(listener: () => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Called with the document that takes the place of the former one. @returns stops it. */
	onReplaced(listener: (doc: Y.Doc) => void): () => void {
		this.#replaced.add(listener);
		return () => this.#replaced.delete(listener);
	}

	destroy(): void {
		this.#forgetTabs();
		this.#listeners.clear();
		this.#replaced.clear();
		this.#wire = null;
		this.doc.off('update', this.#keep);
		this.doc.destroy();
	}

	#tell(): void {
		const isWaiting = this.waiting() > 0;
		if (isWaiting !== this.#wasWaiting) {
			this.#wasWaiting = isWaiting;
			this.#kept.writer.setState({ isWaiting });
		}
		for (const listener of this.#listeners) listener();
	}

	/** Whether a client wrote on this device. */
	isOwn(client: number): boolean {
		return client === this.doc.clientID || this.#own.has(client);
	}

	// Edits made here.

	#keep = (update: Uint8Array, origin: unknown, _doc: Y.Doc, transaction: Y.Transaction): void => {
		if (origin === remoteOrigin || !transaction.local) return;
		const { clientID } = this.doc;
		if (!this.#own.has(clientID)) {
			this.#own.add(clientID);
			this.#kept.writer.add(() => this.store.addClient(this.name, clientID));
		}
		this.#kept.add(update, { isOwn: true, receipt: null }, this.#saved, this.doc);
		this.tabs.post(this.name, update);
		if (this.#isGiven && !this.#rebuilding) this.#wire?.send(writeUpdateMessage(update));
		this.#tell();
	};

	/** Another tab of this device made it, and keeps it in storage. */
	#hearTab(bytes: Uint8Array): void {
		const row: Row = { id: null, bytes, isOwn: true, receipt: null, ends: endsOf(bytes) };
		for (const client of row.ends.keys()) this.#own.add(client);
		// what the server has said of it since counts; what does not connect comes by way of the server
		if (covers(clocksOf(this.doc), row.ends) || !connects(this.doc, row)) return;
		Y.applyUpdate(this.doc, bytes, remoteOrigin);
		this.#kept.take([row]);
		this.#tell();
	}

	// What the server says.

	/** A connection is there. */
	connect(wire: Wire): void {
		this.disconnect();
		this.#wire = wire;
	}

	disconnect(): void {
		this.#wire = null;
		this.#isGreeted = this.#isGiven = this.#isSynced = false;
		this.#rebuilding = null;
		this.#lastHad = '';
		this.#asked = [];
		this.#rebuilds = 0;
		this.#tell();
	}

	/** The server does not let a client id of this device in: it is somebody else's. What waits is made again under another. */
	renewClient(): void {
		const kept = this.#kept.rows.filter((row) => !row.isOwn || covers(this.#saved, row.ends));
		const doc = this.makeDoc();
		this.#replace(doc, applyWhole(doc, kept), []);
	}

	hear(message: ServerMessage): void {
		switch (message.kind) {
			case 'hello':
				return this.#greet(message.hello as Hello);
			case 'step1':
				return this.#give(decodeClocks(message.stateVector) ?? new Map<number, number>());
			case 'piece':
				return this.#takePiece(message.update, message.receipt);
			case 'state': {
				const asked = this.#asked.shift();
				if (!this.#rebuilding) return this.#take(message.update, message.receipt, 'last');
				if (asked === this.#rebuilding.doc)
					return this.#finishRebuild(message.update, message.receipt);
				this.#rebuilding.queued.push([message.update, message.receipt]);
				return;
			}
			case 'update':
			case 'receipted': {
				const receipt = message.kind === 'receipted' ? message.receipt : null;
				if (!this.#rebuilding)
					// the first version answers as it tells
					return this.#take(message.update, receipt, this.#isGreeted ? 'told' : 'any');
				if (!this.#isGreeted) return this.#finishRebuild(message.update, null);
				this.#rebuilding.queued.push([message.update, receipt]);
				return;
			}
			case 'saved':
				return this.#hearSaved(decodeClocks(message.stateVector) ?? new Map<number, number>());
			case 'refused':
				if (this.#isGreeted) this.#refuse(message.refused as RefusedNotice);
				return;
			case 'awareness':
			case 'ping':
				return;
		}
	}

	/** A database that was put back has less than it said: what it said counts no more. */
	#greet({ epoch, role }: Hello): void {
		this.#isGreeted = true;
		this.role = role ?? null;
		if (epoch === this.epoch) return;
		if (this.epoch !== null) this.#saved = new Map();
		if (this.#doubt) this.#doubt = new Map();
		this.#refusedEnds.clear();
		this.epoch = epoch;
		this.#kept.writer.setState({ epoch, saved: encodeClocks(this.#saved) });
		this.#tell();
	}

	/** The server has these clocks: it gets what it lacks, and is asked for what this device lacks. */
	#give(has: Map<number, number>): void {
		const had = JSON.stringify([...has].sort(([a], [b]) => a - b));
		// it could not connect what it was given
		if (had === this.#lastHad) this.#startRebuild();
		const isFirst = this.#lastHad === '';
		this.#lastHad = had;
		const wire = this.#wire;
		const rest = (folded: { bytes: Uint8Array; receipt: Uint8Array }[]) => {
			if (!wire || wire !== this.#wire) return;
			this.#isGiven = true;
			if (this.#doubt) return this.#startRebuild();
			this.#giveRows(folded, has);
			if (isFirst) this.#ask(this.doc, this.#sure());
		};
		const isLacking = [...clocksOf(this.doc)].some(
			([client, clock]) => !this.#own.has(client) && clock > (has.get(client) ?? 0)
		);
		if (!isLacking) rest([]);
		else void this.store.receipted(this.name).then(rest, () => rest([]));
	}

	/** In the order in which they came: what somebody made may continue what others made. */
	#giveRows(folded: { bytes: Uint8Array; receipt: Uint8Array }[], has: Map<number, number>): void {
		const given = new Map(has);
		const rows = [...folded.map((row) => ({ ...row, isOwn: false })), ...this.#kept.rows];
		let own: Uint8Array[] = [];
		const giveOwn = () => {
			if (own.length > 0)
				this.#wire?.send(writeStep2(own.length === 1 ? own[0]! : Y.mergeUpdates(own)));
			own = [];
		};
		for (const { bytes, receipt, isOwn } of rows) {
			const { from, to: ends } = Y.parseUpdateMeta(bytes);
			if (covers(given, ends) || (!isOwn && !receipt)) continue;
			// what came before it is in another form here: the document itself says it below
			if (!covers(given, from)) continue;
			for (const [client, clock] of ends) given.set(client, clock);
			if (isOwn) own.push(bytes);
			else {
				giveOwn();
				// others' edits go back with their receipts: they stay theirs
				this.#wire?.send(writeReceipted(bytes, receipt!));
			}
		}
		giveOwn();
		const rest = ownSince(this.doc, this.#own, given);
		if (rest) this.#wire?.send(writeStep2(rest));
	}

	/** Clocks up to which the server's word and this document surely agree. */
	#sure(): Map<number, number> {
		const sure = new Map<number, number>();
		for (const [client, clock] of clocksOf(this.doc)) {
			const both = Math.min(clock, this.#saved.get(client) ?? 0);
			if (both > 0) sure.set(client, both);
		}
		return sure;
	}

	/** A part of the answer, which goes on. */
	#takePiece(update: Uint8Array, receipt: Uint8Array): void {
		if (!this.#rebuilding) return this.#take(update, receipt, 'piece');
		const { doc, base, queued } = this.#rebuilding;
		if (this.#asked[0] !== doc) return void queued.push([update, receipt]);
		const row: Row = { id: null, bytes: update, isOwn: false, receipt, ends: endsOf(update) };
		apply(doc, [row]);
		base.push(row);
	}

	/** @param as an edit that is told, or an answer, whole or in pieces */
	#take(
		update: Uint8Array,
		receipt: Uint8Array | null,
		as: 'told' | 'piece' | 'last' | 'any'
	): void {
		// the first answer to an empty device may be large, and begins at the beginning
		if (this.doc.store.clients.size > 0 || as === 'told') {
			const { structs } = readUpdate(update);
			if (differs(this.doc, structs)) {
				this.#doubtFrom([...structs].map(([client, group]) => [client, group[0]!.clock]));
				return this.#startRebuild();
			}
			// Yjs would keep it for later, and it would be missing among the rows
			if (as !== 'any' && !fits(this.doc, structs)) {
				if (as !== 'told') return this.#startRebuild();
				// told before the answer that it stands on, and part of it
				if (this.#isSynced) this.#ask(this.doc, this.#sure());
				return;
			}
		}
		if (as === 'last' || as === 'any') this.#isSynced = true;
		let isNews = false;
		const note = () => (isNews = true);
		this.doc.once('update', note);
		Y.applyUpdate(this.doc, update, remoteOrigin);
		this.doc.off('update', note);
		if (isNews) this.#kept.add(update, { isOwn: false, receipt }, this.#saved, this.doc);
		if (this.#isSynced && this.#orphans.length > 0) this.#adopt();
		this.#tell();
	}

	/** What storage had lost has come back from the server: what was made on top of it stands again. */
	#adopt(): void {
		const adopted = applyWhole(this.doc, this.#orphans, () => false);
		this.#kept.take(adopted);
		for (const { isOwn, bytes } of adopted)
			if (isOwn && this.#isGiven) this.#wire?.send(writeUpdateMessage(bytes));
		this.#orphans = this.#orphans.filter(({ ends }) => !covers(clocksOf(this.doc), ends));
	}

	#hearSaved(clocks: Map<number, number>): void {
		let isNews = false;
		for (const [client, clock] of clocks) {
			if (clock <= (this.#saved.get(client) ?? 0)) continue;
			this.#saved.set(client, clock);
			isNews = true;
		}
		if (!isNews) return;
		this.#keepState();
		this.#tell();
	}

	#keepState(): void {
		if (this.#doubt) return;
		this.#kept.writer.setState({
			saved: encodeClocks(this.#saved),
			refusalsSeen: this.refusalsSeen
		});
	}

	#refuse(notice: RefusedNotice): void {
		if (notice.id <= this.refusalsSeen) return;
		this.refusalsSeen = notice.id;
		for (const [client, clock, length] of notice.structs) {
			const end = Math.max(this.#refusedEnds.get(client) ?? 0, clock + length);
			this.#refusedEnds.set(client, end);
		}
		const isMine =
			notice.structs.length === 0 || notice.structs.some(([client]) => this.#own.has(client));
		if (isMine) {
			const named = this.#nameLost(notice);
			this.#kept.writer.add(() => this.store.addRefused(this.name, named));
			this.#doubtFrom(notice.structs.map(([client, clock]) => [client, clock]));
			this.#startRebuild();
		} else this.#keepState();
		this.#tell();
	}

	/** The server has something else there, whatever was said to be saved. */
	#doubtFrom(places: Iterable<[client: number, clock: number]>): void {
		const doubt = (this.#doubt ??= new Map(this.#saved));
		for (const [client, clock] of places)
			if ((doubt.get(client) ?? 0) > clock) doubt.set(client, clock);
		if (this.#rebuilding) this.#rebuilding.isStale = true;
	}

	/** Of what continued a refused change the server does not know the key; this device may. */
	#nameLost(notice: RefusedNotice): RefusedNotice {
		const refusals = notice.refusals.map((refusal, at) => {
			const id = notice.lost[at];
			return { ...refusal, ...(id && placeOf(this.doc, ...id)) };
		});
		return { ...notice, refusals };
	}

	// Where the two disagree.

	/** Asks for everything since the clocks on which both surely agree; what comes decides. */
	#startRebuild(): void {
		this.#doubt ??= new Map(this.#saved);
		if (this.#rebuilding || !this.#wire) return;
		if (++this.#rebuilds > MAX_REBUILDS) return this.#wire.end();
		const doc = this.makeDoc();
		const sure = this.#doubt;
		const rows = this.#kept.rows.filter((row) => covers(sure, row.ends));
		this.#rebuilding = { doc, base: applyWhole(doc, rows), queued: [], isStale: false };
		this.#ask(doc, clocksOf(doc));
	}

	#ask(doc: Y.Doc, has: Map<number, number>): void {
		this.#asked.push(doc);
		this.#wire?.send(writeStep1(encodeClocks(has)));
	}

	#finishRebuild(update: Uint8Array, receipt: Uint8Array | null): void {
		const { doc, base, queued, isStale } = this.#rebuilding!;
		this.#rebuilding = null;
		if (isStale) return this.#startRebuild();
		const answer: Row = { id: null, bytes: update, isOwn: false, receipt, ends: endsOf(update) };
		apply(doc, [answer]);
		if (!isWhole(doc)) {
			// what both were thought to have is not there: everything is asked for
			this.#doubt = new Map();
			return this.#wire?.end();
		}
		const has = clocksOf(doc);
		// another process answers, and has not heard yet of what was refused here: it would take that for new
		if (!covers(has, this.#refusedEnds)) return this.#wire?.end();
		this.#doubt = null;
		const rest = this.#kept.rows.filter((row) => !base.includes(row) && (row.isOwn || row.receipt));
		// in the answer, but not durable yet: they stay in storage
		const there = rest.filter(
			({ bytes, ends }) =>
				covers(has, ends) &&
				!covers(this.#saved, ends) &&
				// refused, if it is something else there
				!differs(doc, readUpdate(bytes).structs)
		);
		const waiting = rest.filter((row) => !covers(has, row.ends));
		this.#replace(doc, [...base, answer, ...there], waiting);
		this.#isSynced = true;
		for (const [bytes, by] of queued) if (!this.#rebuilding) this.#take(bytes, by, 'told');
	}

	/**
	 * Puts a document in the place of the former one, here and in storage. Own edits that do not fit into it, because what
	 * they continue is gone, are made again.
	 * @param kept rows that it is made of
	 * @param waiting rows that are tried on top of it
	 */
	#replace(doc: Y.Doc, kept: Row[], waiting: Row[]): void {
		const has = clocksOf(doc);
		const before = this.doc;
		const removeGone = this.#kept.replace([...kept, ...applyWhole(doc, waiting, () => false)]);
		const lost = changesSince(before, this.#own, clocksOf(doc), before.share.keys());
		before.off('update', this.#keep);
		this.doc = doc;
		doc.on('update', this.#keep);
		const isGiven = this.#isGiven;
		this.#isGiven = false;
		doc.transact(() => {
			for (const { root, key, value } of lost)
				if (JSON.stringify(doc.getMap(root).get(key) ?? null) !== JSON.stringify(value))
					doc.getMap(root).set(key, value);
		});
		removeGone();
		this.#keepState();
		this.#isGiven = isGiven;
		this.#lastHad = '';
		if (isGiven) this.#giveRows([], has);
		for (const listener of this.#replaced) listener(doc);
		before.destroy();
		this.#tell();
	}
}
