import * as Y from 'yjs';
import type { DocumentDeclaration } from '#shared/documents/declaration.ts';
import { type Author, type Refusal, refusalOf } from '../documents/authorise.ts';
import { type Inspection, inspect, rootNames, withoutRefused } from '../documents/inspect.ts';
import { UpdateError, readUpdate, writeUpdate } from '../documents/update.ts';
import type { GroupCommit } from './group-commit.ts';
import {
	closeCodes,
	readMessage,
	writeAwareness,
	writeRefused,
	writeSaved,
	writeStep1,
	writeStep2,
	writeUpdateMessage
} from './protocol.ts';

/** Whom a client id belongs to: a person's id, or 'server'. */
export type ClientOwner = string;

/** What the relay stores of one accepted update, all of it in one transaction. */
export interface Commit {
	document: string;
	author: ClientOwner;
	update: Uint8Array;
	/** client ids that this update binds to its author */
	newClients: number[];
	/** keys that it touched, with the value that the document has now; undefined: none */
	changes: { root: string; key: string; value: unknown }[];
	/** kept for the admin when something was refused: what was sent, and why it was not taken */
	refused?: { update: Uint8Array; refusals: Refusal[] };
}

export interface StoredDocument {
	updates: Uint8Array[];
	clients: Map<number, ClientOwner>;
}

/** One device's connection to one document. */
export interface Connection {
	author: Author;
	/** asked for `saved` and `refused` */
	speaksAura: boolean;
	send(message: Uint8Array): void;
	close(code: number, reason: string): void;
}

const MAX_AWARENESS_BYTES = 16 * 1024;
const MAX_REFUSED_BYTES = 64 * 1024;

/** One open document: its state in memory, who is connected, and how updates enter. */
export class Room {
	readonly doc = new Y.Doc();
	readonly connections = new Set<Connection>();
	#names: Map<unknown, string>;
	#owners: Map<number, ClientOwner>;
	#failed = false;
	#pending = 0;
	#lastCommit: Promise<void> = Promise.resolve();

	constructor(
		readonly name: string,
		private readonly declaration: DocumentDeclaration,
		stored: StoredDocument,
		private readonly commits: GroupCommit<Commit>,
		/** the room can no longer say what is stored: forget it, its connections are closed */
		private readonly onFailure: () => void
	) {
		for (const root of Object.keys(declaration)) this.doc.getMap(root);
		this.doc.transact(() => {
			for (const update of stored.updates) Y.applyUpdate(this.doc, update);
		});
		this.#names = rootNames(this.doc);
		this.#owners = stored.clients;
	}

	/** Something is not durable yet: the room must stay in memory. */
	get isBusy(): boolean {
		return this.#pending > 0;
	}

	/** Lets a connection in: it is asked what the server lacks. */
	join(connection: Connection): void {
		this.connections.add(connection);
		connection.send(writeStep1(Y.encodeStateVector(this.doc)));
	}

	leave(connection: Connection): void {
		this.connections.delete(connection);
	}

	/** Takes one message from a connection. Never throws: what is wrong ends the connection with a code. */
	receive(connection: Connection, bytes: Uint8Array): void {
		if (this.#failed) return connection.close(closeCodes.unavailable, 'not stored; try again');
		const message = readMessage(bytes);
		switch (message?.kind) {
			case undefined:
				return connection.close(closeCodes.malformed, 'not a message of this protocol');
			case 'step1':
				return this.#answer(connection, message.stateVector);
			case 'update':
				return this.#take(connection, message.update);
			case 'awareness':
				if (message.update.length > MAX_AWARENESS_BYTES)
					return connection.close(closeCodes.tooLarge, 'awareness too large');
				for (const each of this.connections) each.send(writeAwareness(message.update));
				return;
			case 'queryAwareness':
				return;
		}
	}

	/** What is not durable yet is kept from others: after a crash they would offer it as theirs. */
	#answer(connection: Connection, stateVector: Uint8Array): void {
		let state: Uint8Array;
		try {
			state = Y.encodeStateAsUpdate(this.doc, stateVector);
		} catch {
			return connection.close(closeCodes.malformed, 'not a state vector');
		}
		const send = () => connection.send(writeStep2(state));
		if (this.#pending === 0) send();
		else void this.#lastCommit.then(send, () => undefined);
	}

	#take(connection: Connection, bytes: Uint8Array): void {
		let inspection: Inspection;
		try {
			inspection = inspect(this.doc, readUpdate(bytes), this.#names);
			this.#assertOwn(inspection.clients, connection.author);
		} catch (error) {
			if (!(error instanceof UpdateError)) throw error;
			if (error.fault === 'gap') return connection.send(writeStep1(Y.encodeStateVector(this.doc)));
			const code = error.fault === 'limit' ? closeCodes.tooLarge : closeCodes.malformed;
			return connection.close(code, error.message.slice(0, 100));
		}
		const { refusals, refused } = this.#judge(inspection, connection.author);
		if (refusals.length > 0 && !connection.speaksAura)
			return connection.close(closeCodes.forbidden, refusals[0]!.message.slice(0, 100));
		const update = writeUpdate(withoutRefused(inspection, refused));
		this.#apply(update, connection);
		const changes = inspection.changes
			.filter((change) => !refused.includes(change))
			.map(({ root, key }) => ({ root, key, value: this.doc.getMap(root).get(key) }));
		const newClients = inspection.clients.filter((client) => !this.#owners.has(client));
		for (const client of newClients) this.#owners.set(client, ownerOf(connection.author));
		const isNothing = inspection.clients.length === 0 && changes.length === 0;
		void this.#commit(
			{
				document: this.name,
				author: ownerOf(connection.author),
				update: isNothing ? new Uint8Array() : update,
				newClients,
				changes,
				...(refusals.length > 0 && bytes.length <= MAX_REFUSED_BYTES
					? { refused: { update: bytes, refusals } }
					: {})
			},
			connection
		);
		if (refusals.length > 0) connection.send(writeRefused(refusals));
	}

	#assertOwn(clients: number[], author: Author): void {
		const me = ownerOf(author);
		for (const client of clients) {
			const owner = this.#owners.get(client);
			if (owner !== undefined && owner !== me)
				throw new UpdateError('foreign_client', `client ${client} belongs to somebody else`);
		}
	}

	#judge(inspection: Inspection, author: Author) {
		const refusals: Refusal[] = inspection.lost.map(() => ({
			root: '',
			key: '',
			reason: 'lost',
			message: 'It continues a change that was refused before.'
		}));
		const refused = inspection.changes.filter((change) => {
			const current = change.exists ? this.doc.getMap(change.root).get(change.key) : undefined;
			const refusal = refusalOf(this.declaration, change, author, current);
			if (refusal) refusals.push(refusal);
			return refusal !== null;
		});
		return { refusals, refused };
	}

	#apply(update: Uint8Array, origin: unknown): void {
		Y.applyUpdate(this.doc, update, origin);
		// Cannot happen after inspection; if it does, memory must not go on with it.
		if (this.doc.store.pendingStructs || this.doc.store.pendingDs) {
			this.#fail();
			throw new Error(`${this.name}: an inspected update did not integrate`);
		}
	}

	#broadcast(update: Uint8Array, from: Connection | null): void {
		const message = writeUpdateMessage(update);
		for (const each of this.connections) if (each !== from) each.send(message);
	}

	/** Stores, then tells the sender that it is saved and the others what changed. */
	#commit(commit: Commit, connection: Connection | null): Promise<void> {
		const stateVector = Y.encodeStateVector(this.doc);
		this.#pending++;
		this.#lastCommit = this.commits.submit(commit).then(
			() => {
				this.#pending--;
				if (commit.update.length > 0) this.#broadcast(commit.update, connection);
				if (connection?.speaksAura && this.connections.has(connection))
					connection.send(writeSaved(stateVector));
			},
			(error: unknown) => {
				this.#fail();
				if (!connection) throw error;
			}
		);
		return this.#lastCommit;
	}

	/** The log lacks what memory has: end here, devices offer it again to a fresh room. */
	#fail(): void {
		if (this.#failed) return;
		this.#failed = true;
		this.onFailure();
		for (const each of this.connections)
			each.close(closeCodes.unavailable, 'not stored; try again');
		this.connections.clear();
	}

	/**
	 * A change by the server on behalf of somebody (REST, jobs): one more replica of the document.
	 * @param change edits `doc`; rights and values were checked by the caller
	 * @returns when it is durable
	 */
	async edit(change: (doc: Y.Doc) => void): Promise<void> {
		if (this.#failed) throw new Error(`${this.name} is not available`);
		const updates: Uint8Array[] = [];
		const touched = new Map<string, { root: string; key: string }>();
		const collect = (update: Uint8Array) => updates.push(update);
		const note = (transaction: Y.Transaction) => {
			for (const [type, keys] of transaction.changed) {
				const root = this.#names.get(type);
				if (root === undefined) continue;
				for (const key of keys) if (key !== null) touched.set(`${root}\n${key}`, { root, key });
			}
		};
		this.doc.on('update', collect);
		this.doc.on('afterTransaction', note);
		try {
			this.doc.transact(() => change(this.doc));
		} finally {
			this.doc.off('update', collect);
			this.doc.off('afterTransaction', note);
		}
		if (updates.length === 0) return;
		const update = Y.mergeUpdates(updates);
		const client = this.doc.clientID;
		const newClients = this.#owners.has(client) ? [] : [client];
		this.#owners.set(client, 'server');
		const changes = [...touched.values()].map(({ root, key }) => ({
			root,
			key,
			value: this.doc.getMap(root).get(key)
		}));
		await this.#commit(
			{ document: this.name, author: 'server', update, newClients, changes },
			null
		);
	}
}

const ownerOf = (author: Author): ClientOwner => (author.role === 'server' ? 'server' : author.id);
