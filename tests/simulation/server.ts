import { createHash } from 'node:crypto';
import * as Y from 'yjs';
import type { Role } from '#shared/permissions.ts';
import type { Connection } from '#sync/relay/peer.ts';
import {
	type Dialect,
	encodeClocks,
	readClientFrame,
	readServerFrame,
	writeSaved
} from '#sync/relay/protocol.ts';
import { type Receipts, createReceipts } from '#sync/relay/receipts.ts';
import { type Relay, type RelayStore, type Seat, createRelay } from '#sync/relay/relay.ts';
import { type KeptDocument, RelayLog } from '../support/relay-log.ts';
import type { Mutant } from './mutants.ts';
import type { World } from './world.ts';

export const DOCUMENT = 'event/11111111-1111-4111-8111-111111111111';

const realReceipts = createReceipts((...parts) => {
	const hash = createHash('sha256').update('a key');
	for (const part of parts) hash.update(part);
	return hash.digest().subarray(0, 16);
});

const copyOf = (kept: KeptDocument): KeptDocument => ({
	...kept,
	log: [...kept.log],
	clients: new Map(kept.clients),
	refusals: [...kept.refusals]
});

/** The database and the processes on it. */
export class Installation {
	log = new RelayLog();
	readonly nodes: Node[];
	readonly roles = new Map<string, Role>();
	/** how often somebody's role has changed */
	readonly eras = new Map<string, number>();
	/** what the projection says of each key */
	projection = new Map<string, string>();
	epoch = 1;
	restores = 0;
	#backup: { kept: KeptDocument; projection: Map<string, string> } | null = null;

	constructor(
		readonly world: World,
		readonly mutant: Mutant | null,
		count: number
	) {
		this.nodes = Array.from({ length: count }, (_, at) => new Node(this, at));
		for (const node of this.nodes) node.start();
	}

	get kept(): KeptDocument {
		return this.log.of(DOCUMENT);
	}

	/** The document that the disk alone gives back. */
	document(): Y.Doc {
		const doc = new Y.Doc();
		for (const update of this.log.updates(DOCUMENT)) Y.applyUpdate(doc, update);
		return doc;
	}

	backUp(): void {
		this.#backup = { kept: copyOf(this.kept), projection: new Map(this.projection) };
	}

	/** Puts the database back to the last backup; all processes are started anew. @returns whether there was one */
	restore(): boolean {
		if (!this.#backup || this.#backup.kept.head === this.kept.head) return false;
		for (const node of this.nodes) node.crash();
		this.log = new RelayLog();
		this.log.documents.set(DOCUMENT, copyOf(this.#backup.kept));
		// numbers of refusals that were given are not given again
		this.log.skipRefusals(10_000 * ++this.restores);
		this.projection = new Map(this.#backup.projection);
		if (this.mutant !== 'oldEpoch') this.epoch++;
		for (const node of this.nodes) node.start();
		return true;
	}

	/** Somebody's rights change: their connections end, as the server ends them. */
	setRole(person: string, role: Role): void {
		this.roles.set(person, role);
		this.eras.set(person, (this.eras.get(person) ?? 0) + 1);
		for (const node of this.nodes) node.cut((author) => author === person);
	}
}

/** One process: it can die and come back. */
export class Node {
	relay: Relay | null = null;
	#life = 0;
	readonly connections = new Set<{ author: string; cut: () => void }>();
	/** entries that were called stored and are not on the disk yet */
	#unsynced: (() => void)[] = [];

	constructor(
		readonly installation: Installation,
		readonly number: number
	) {}

	start(): void {
		if (this.relay) return;
		const { installation } = this;
		const { world, mutant } = installation;
		const life = this.#life;
		const isAlive = () => life === this.#life;
		this.relay = createRelay({
			store: this.#store(isAlive),
			receipts: this.#receipts(),
			timing: {
				soon: (run) => world.after(0, run),
				after: (ms, run) => world.after(ms, () => isAlive() && run()),
				now: () => world.now
			},
			epoch: String(installation.epoch),
			report: (error) => world.failures.push(error),
			tell: (heads) => {
				if (mutant === 'deafNodes') return;
				for (const other of installation.nodes)
					if (other !== this && world.chance(0.9))
						world.after(world.int(40), () => {
							for (const [document, head] of heads) other.relay?.hear(document, head);
						});
			},
			pieceStructs: 3,
			idleMs: 500
		});
		const look = () => {
			if (!isAlive() || mutant === 'deafNodes') return;
			void this.relay?.look().catch((error: unknown) => world.failures.push(error));
			world.after(400, look);
		};
		world.after(400, look);
	}

	crash(): void {
		this.#life++;
		this.relay = null;
		for (const undo of this.#unsynced.splice(0).reverse()) undo();
		this.cut(() => true);
	}

	cut(fits: (author: string) => boolean): void {
		for (const connection of [...this.connections]) if (fits(connection.author)) connection.cut();
	}

	#receipts(): Receipts {
		const { installation } = this;
		if (installation.mutant !== 'receiptsLost' || installation.restores === 0) return realReceipts;
		return { ...realReceipts, read: () => new Map() };
	}

	#store(isAlive: () => boolean): RelayStore {
		const { installation } = this;
		const { world, mutant, log } = installation;
		const store = log.store({
			wait: (what) => world.sleep(what === 'ask' ? world.int(10) : 1 + world.int(30)),
			isAlive,
			survives: () => world.chance(0.5),
			stored: (changes) => {
				for (const { root, key, value } of changes)
					installation.projection.set(`${root}/${key}`, JSON.stringify(value ?? null));
			},
			isLocking: mutant !== 'noLock'
		});
		return {
			...store,
			commit: async (commits) => {
				const before = copyOf(installation.kept);
				const outcomes = await store.commit(
					mutant === 'noCatchUp'
						? commits.map((commit) => ({ ...commit, catchUp: () => true }))
						: commits
				);
				if (mutant === 'ackBeforeSync') {
					const undo = () => log.documents.set(DOCUMENT, before);
					this.#unsynced.push(undo);
					world.after(60, () => {
						this.#unsynced = this.#unsynced.filter((each) => each !== undo);
					});
				}
				return outcomes;
			},
			since: async (document, head) => {
				const entries = await store.since(document, head);
				return mutant === 'skippedEntry' && entries ? entries.slice(1) : entries;
			},
			refusalsOf: async (...asked) =>
				mutant === 'refusalsOnce' || mutant === 'refusalsUntold' ? [] : store.refusalsOf(...asked)
		};
	}

	/** Lets a connection in. @returns its place, or null when the process is not there */
	async join(
		person: string,
		refusalsSeen: number,
		down: (frame: Uint8Array) => void,
		cut: (code: number) => void,
		dialect: Dialect = 'v2'
	): Promise<Seat | null> {
		const { mutant, roles } = this.installation;
		const { relay } = this;
		if (!relay) return null;
		const role = mutant === 'roleIgnored' ? 'editor' : (roles.get(person) ?? 'editor');
		const send = (frame: Uint8Array) => {
			const isRefusal = readServerFrame(frame)?.some(({ kind }) => kind === 'refused');
			if (mutant === 'refusalsUntold' && isRefusal) return down(withoutRefusals(frame));
			down(frame);
		};
		const registered = { author: person, cut: () => cut(1012) };
		const connection: Connection = {
			author: { id: person, role },
			name: person,
			dialect,
			refusalsSeen,
			takesPieces: true,
			send,
			close: (code) => cut(code),
			buffered: () => 0
		};
		this.connections.add(registered);
		const seat = await relay.join(DOCUMENT, connection);
		return {
			receive: (frame) => {
				if (mutant === 'ackEachMessage') ackAll(frame, down);
				seat.receive(frame);
			},
			leave: () => {
				this.connections.delete(registered);
				seat.leave();
			}
		};
	}
}

function ackAll(frame: Uint8Array, down: (frame: Uint8Array) => void): void {
	for (const message of readClientFrame(frame) ?? [])
		if (message.kind === 'update')
			down(writeSaved(encodeClocks(Y.parseUpdateMeta(message.update).to)));
}

function withoutRefusals(frame: Uint8Array): Uint8Array {
	const saved = readServerFrame(frame)!.flatMap((message) =>
		message.kind === 'saved' ? [writeSaved(message.stateVector)] : []
	);
	return saved[0] ?? writeSaved(encodeClocks(new Map()));
}
