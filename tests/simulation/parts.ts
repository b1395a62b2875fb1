import * as Y from 'yjs';
import type { RelayStore } from '#sync/relay/relay.ts';
import type { Commit } from '#sync/relay/room.ts';
import { createRelay } from '#sync/relay/relay.ts';
import { readMessage, writeStep1, writeStep2, writeUpdateMessage } from '#sync/relay/protocol.ts';
import {
	type Replica,
	type ReplicaStore,
	openReplica,
	remoteOrigin
} from '#sync/replica/replica.ts';
import type { World } from './world.ts';

export const DOCUMENT = 'event/11111111-1111-4111-8111-111111111111';

/** Planted faults, to know that the simulation would find real ones. */
export interface Mutant {
	/** the store answers before its disk has it */
	ackBeforeSync?: boolean;
	/** a device counts an edit as kept before its disk has it */
	deviceForgets?: boolean;
}

/** The server's log: what was synced survives a crash, the rest does not. */
export class ServerDisk {
	readonly log: Commit[] = [];
	#generation = 0;

	constructor(
		private readonly world: World,
		private readonly mutant: Mutant
	) {}

	/** A store for one life of the server. */
	store(): RelayStore {
		const generation = this.#generation;
		return {
			load: async () => {
				await this.world.sleep(this.world.int(20));
				return {
					updates: this.log.filter(({ update }) => update.length > 0).map(({ update }) => update),
					clients: new Map(
						this.log.flatMap(({ newClients, author }) =>
							newClients.map((client) => [client, author] as const)
						)
					)
				};
			},
			commit: async (commits) => {
				const sync = async () => {
					await this.world.sleep(1 + this.world.int(40));
					if (generation === this.#generation) this.log.push(...commits);
				};
				if (this.mutant.ackBeforeSync) void sync();
				else await sync();
				if (generation !== this.#generation) await new Promise(() => {}); // died meanwhile: never answers
			}
		};
	}

	crash(): void {
		this.#generation++;
	}

	/** The document that the disk alone gives back. */
	document(): Y.Doc {
		const doc = new Y.Doc();
		for (const { update } of this.log) if (update.length > 0) Y.applyUpdate(doc, update);
		return doc;
	}
}

/** One device's disk. */
class DeviceDisk implements ReplicaStore {
	updates: Uint8Array[] = [];
	saved: Uint8Array | null = null;
	clients: number[] = [];
	refusals: unknown[] = [];
	#generation = 0;

	constructor(
		private readonly world: World,
		private readonly mutant: Mutant
	) {}

	crash(): void {
		this.#generation++;
	}

	async #write(apply: () => void): Promise<void> {
		const generation = this.#generation;
		if (this.mutant.deviceForgets) {
			this.world.after(30, () => generation === this.#generation && apply());
			return;
		}
		await this.world.sleep(1 + this.world.int(10));
		if (generation !== this.#generation) await new Promise(() => {});
		apply();
	}

	load() {
		return Promise.resolve({
			updates: [...this.updates],
			saved: this.saved,
			clients: [...this.clients]
		});
	}
	append(_document: string, update: Uint8Array) {
		return this.#write(() => this.updates.push(update));
	}
	compact(_document: string, state: Uint8Array) {
		return this.#write(() => (this.updates = [state]));
	}
	setSaved(_document: string, stateVector: Uint8Array) {
		return this.#write(() => (this.saved = stateVector));
	}
	addClient(_document: string, client: number) {
		return this.#write(() => this.clients.push(client));
	}
	setWaiting() {
		return Promise.resolve();
	}
	addRefused(_document: string, refusals: unknown) {
		return this.#write(() => this.refusals.push(refusals));
	}
}

/** The server: a relay on a disk, which can die and come back. */
export class Server {
	relay: ReturnType<typeof createRelay> | null = null;
	readonly links = new Set<Link>();

	constructor(
		readonly world: World,
		readonly disk: ServerDisk
	) {
		this.start();
	}
	start(): void {
		this.relay = createRelay(this.disk.store(), (run, ms) => this.world.after(ms, run), 500);
	}
	crash(): void {
		this.disk.crash();
		this.relay = null;
		for (const link of [...this.links]) link.cut();
	}
}

/** One connection: messages arrive in order, late, sometimes twice, and all that is under way is lost with a cut. */
class Link {
	isOpen = true;
	#leave: (() => void) | null = null;
	#lastDown = 0;
	#lastUp = 0;

	constructor(
		private readonly device: Device,
		private readonly server: Server
	) {
		server.links.add(this);
		const { world, relay } = server;
		void (async () => {
			const room = await relay!.open(DOCUMENT);
			if (!this.isOpen) return;
			const connection = {
				author: { id: device.person, role: 'editor' as const },
				speaksAura: true,
				send: (message: Uint8Array) => this.#down(message),
				close: () => this.cut()
			};
			room.join(connection);
			this.#leave = () => room.leave(connection);
			this.up = (message) => {
				const times = world.chance(0.05) ? 2 : 1;
				for (let i = 0; i < times; i++) {
					this.#lastUp = Math.max(this.#lastUp, world.now + world.int(80));
					world.after(
						this.#lastUp - world.now,
						() => this.isOpen && room.receive(connection, message)
					);
				}
			};
			device.connected();
		})();
	}

	up: (message: Uint8Array) => void = () => {};

	#down(message: Uint8Array): void {
		const { world } = this.server;
		this.#lastDown = Math.max(this.#lastDown, world.now + world.int(80));
		world.after(this.#lastDown - world.now, () => this.isOpen && this.device.receive(message));
	}

	cut(): void {
		if (!this.isOpen) return;
		this.isOpen = false;
		this.server.links.delete(this);
		this.#leave?.();
		if (this.device.link === this) this.device.link = null;
	}
}

/** A person's device: a replica on a disk, and a link when there is a network. */
export class Device {
	replica: Replica | null = null;
	link: Link | null = null;
	readonly disk: DeviceDisk;
	/** edits that the device called kept: they must survive its death */
	kept = new Map<number, number>();

	constructor(
		readonly person: string,
		readonly world: World,
		readonly server: Server,
		mutant: Mutant
	) {
		this.disk = new DeviceDisk(world, mutant);
	}

	async boot(): Promise<void> {
		const doc = new Y.Doc();
		// one person's tab for one life: never stored, never used again
		doc.clientID = 1 + this.world.int(2 ** 31);
		this.replica = await openReplica(DOCUMENT, this.disk, doc);
		doc.on('update', (update: Uint8Array, origin: unknown) => {
			if (origin !== this && origin !== remoteOrigin) this.link?.up(writeUpdateMessage(update));
		});
	}

	connect(): void {
		if (this.link || !this.replica || !this.server.relay) return;
		this.link = new Link(this, this.server);
	}

	connected(): void {
		this.link?.up(writeStep1(Y.encodeStateVector(this.replica!.doc)));
	}

	receive(bytes: Uint8Array): void {
		const { replica } = this;
		if (!replica) return;
		if (bytes[0] === 4) return replica.saved(payload(bytes));
		if (bytes[0] === 5) return replica.refused(new TextDecoder().decode(payload(bytes)));
		const message = readMessage(bytes);
		if (message?.kind === 'step1')
			this.link?.up(writeStep2(Y.encodeStateAsUpdate(replica.doc, message.stateVector)));
		else if (message?.kind === 'update') Y.applyUpdate(replica.doc, message.update, this);
	}

	edit(key: string, value: number | string): void {
		const { replica } = this;
		if (!replica) return;
		replica.doc.getMap('marks').set(key, value);
		const { clientID } = replica.doc;
		const clock = Y.getState(replica.doc.store, clientID);
		void replica
			.settled()
			.then(() => this.kept.set(clientID, Math.max(clock, this.kept.get(clientID) ?? 0)));
	}

	crash(): void {
		this.link?.cut();
		this.disk.crash();
		this.replica?.destroy();
		this.replica = null;
	}
}

/** The bytes of a message of ours behind its kind and length. */
function payload(bytes: Uint8Array): Uint8Array {
	let at = 1;
	while (bytes[at]! & 128) at++;
	return bytes.slice(at + 1);
}
