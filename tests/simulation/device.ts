import * as Y from 'yjs';
import { type Link, openLink } from '#sync/replica/link.ts';
import { Replica, type TabChannel } from '#sync/replica/replica.ts';
import type { ReplicaRow, ReplicaState, ReplicaStore } from '#sync/replica/store.ts';
import { type RefusedNotice, readClientFrame, readServerFrame } from '#sync/relay/protocol.ts';
import type { Seat } from '#sync/relay/relay.ts';
import { DOCUMENT, type Installation } from './server.ts';
import type { World } from './world.ts';

/** What somebody did, and where it must be found again. */
export interface Edit {
	device: Device;
	client: number;
	clock: number;
	key: string;
	value: unknown;
	/** the device called it kept: it must survive the device's death */
	isKept: boolean;
	/** how often its author's role had changed */
	era: number;
}

/** One device's disk, which all tabs of the device use. */
export class DeviceDisk {
	rows: (ReplicaRow & { id: number })[] = [];
	receipts: { bytes: Uint8Array; receipt: Uint8Array }[] = [];
	state: ReplicaState = { saved: null, epoch: null, refusalsSeen: 0, isWaiting: false };
	clients: number[] = [];
	refused = new Map<number, RefusedNotice>();
	#next = 1;

	constructor(private readonly installation: Installation) {}

	/** The store of one tab, until it dies. */
	store(isAlive: () => boolean): ReplicaStore {
		const { world, mutant } = this.installation;
		const write = async <T>(apply: () => T): Promise<T> => {
			if (mutant === 'deviceForgets') {
				const made = this.#next;
				world.after(30, () => isAlive() && apply());
				return [made] as T;
			}
			await world.sleep(1 + world.int(8));
			if (!isAlive()) return new Promise<never>(() => {});
			return apply();
		};
		const add = (row: ReplicaRow) => {
			const id = this.#next++;
			this.rows.push({ bytes: row.bytes, isOwn: row.isOwn, receipt: row.receipt, id });
			return id;
		};
		return {
			load: () => {
				const loaded = new Y.Doc();
				for (const { bytes } of this.rows) Y.applyUpdate(loaded, bytes);
				return Promise.resolve({
					...this.state,
					...(mutant === 'savedByDefault' ? { saved: Y.encodeStateVector(loaded) } : {}),
					rows: [...this.rows],
					clients: [...this.clients],
					damaged: 0
				});
			},
			append: (_, rows) => write(() => rows.map(add)),
			replace: (_, ids, rows) =>
				write(() => {
					for (const { id, bytes, receipt } of this.rows)
						if (receipt && ids.includes(id)) this.receipts.push({ bytes, receipt });
					this.rows = this.rows.filter(({ id }) => !ids.includes(id));
					if (mutant === 'foldForgets') this.rows = this.rows.filter(({ isOwn }) => !isOwn);
					return rows.map(add);
				}),
			receipted: () => Promise.resolve(this.receipts),
			setState: (_, state) =>
				write(() => {
					Object.assign(this.state, state);
				}),
			addClient: (_, client) =>
				write(() => {
					if (!this.clients.includes(client)) this.clients.push(client);
				}),
			addRefused: (_, notice) =>
				write(() => {
					this.refused.set(notice.id, notice);
				})
		};
	}
}

/** One tab: a replica on the device's disk, and a link while there is a network. */
export class Tab {
	replica: Replica | null = null;
	link: Link | null = null;
	isAlive = true;

	constructor(
		readonly device: Device,
		private readonly world: World
	) {}

	async boot(): Promise<void> {
		const replica = await Replica.open(
			DOCUMENT,
			this.device.disk.store(() => this.isAlive),
			{
				tabs: this.device.channel(this),
				makeDoc: () => {
					const doc = new Y.Doc();
					// one person's tab for one life: never stored, never used again
					doc.clientID = 1 + this.world.int(2 ** 31);
					return doc;
				}
			}
		);
		if (!this.isAlive) return replica.destroy();
		this.replica = replica;
		this.link = openLink(replica, {
			dial: (_, query, events) => {
				const refusalsSeen = Number(query['refusals']);
				const socket = new SimulatedSocket(this.world, this.device, refusalsSeen, events);
				return { send: (frame) => socket.up(frame), close: () => socket.cut(1000) };
			},
			after: (ms, run) => {
				let isOff = false;
				this.world.after(ms, () => !isOff && run());
				return () => (isOff = true);
			},
			soon: (run) => this.world.after(0, run),
			random: () => this.world.random()
		});
	}

	crash(): void {
		this.isAlive = false;
		this.link?.destroy();
		this.replica?.destroy();
		this.replica = null;
		this.link = null;
	}
}

export class Device {
	readonly disk: DeviceDisk;
	tabs: Tab[] = [];
	hasNetwork = true;
	readonly sockets = new Set<SimulatedSocket>();
	readonly edits: Edit[] = [];
	/** things that happen to be said between tabs */
	#listeners = new Set<{ tab: Tab; hear: (update: Uint8Array) => void }>();

	constructor(
		readonly person: string,
		readonly installation: Installation,
		/** what the trace calls it */
		readonly name = person
	) {
		this.disk = new DeviceDisk(installation);
	}

	get world(): World {
		return this.installation.world;
	}

	async openTab(): Promise<void> {
		const tab = new Tab(this, this.world);
		this.tabs.push(tab);
		await tab.boot();
	}

	channel(tab: Tab): TabChannel {
		return {
			post: (_, update) => {
				for (const { tab: other, hear } of this.#listeners)
					if (other !== tab)
						this.world.after(this.world.int(5), () => other.isAlive && hear(update));
			},
			listen: (_, hear) => {
				const listener = { tab, hear };
				this.#listeners.add(listener);
				return () => this.#listeners.delete(listener);
			}
		};
	}

	edit(tab: Tab, key: string, value: unknown): void {
		const { replica } = tab;
		if (!replica) return;
		const { doc } = replica;
		doc.getMap('marks').set(key, value);
		const edit: Edit = {
			device: this,
			client: doc.clientID,
			clock: Y.getState(doc.store, doc.clientID) - 1,
			key,
			value,
			isKept: false,
			era: this.installation.eras.get(this.person) ?? 0
		};
		this.edits.push(edit);
		this.world.note(`${this.name} sets ${key} to ${String(value)} as ${edit.client}:${edit.clock}`);
		void replica.settled().then(() => (edit.isKept = true));
	}

	/** Closes all tabs without a word; the disk stays. */
	crash(): void {
		for (const tab of this.tabs) tab.crash();
		this.tabs = [];
		this.#listeners.clear();
	}

	cut(): void {
		for (const socket of [...this.sockets]) socket.cut(1006);
	}
}

/** Messages arrive in order, late, sometimes twice; what is under way is lost with a cut, and one end may not hear of it. */
class SimulatedSocket {
	#isOpen = true;
	#seat: Seat | null = null;
	#lastDown = 0;
	#lastUp = 0;

	constructor(
		private readonly world: World,
		private readonly device: Device,
		refusalsSeen: number,
		private readonly events: {
			opened(): void;
			frame(frame: Uint8Array): void;
			closed(code: number): void;
		}
	) {
		device.sockets.add(this);
		world.after(world.int(30), () => {
			if (!this.#isOpen) return;
			const node = world.pick(device.installation.nodes);
			if (!device.hasNetwork || !node.relay) return this.cut(1006);
			events.opened();
			node
				.join(
					device.person,
					refusalsSeen,
					(frame) => this.#down(frame),
					(code) => this.cut(code)
				)
				.then((seat) => {
					if (!seat) return this.cut(1006);
					if (!this.#isOpen) return seat.leave();
					this.#seat = seat;
				})
				.catch(() => this.cut(1006));
		});
	}

	up(frame: Uint8Array): void {
		const { world } = this;
		// connections repeat nothing, but devices do: what they are not sure of they say again
		const isEdit = readClientFrame(frame)!.every(({ kind }) => kind === 'update');
		for (let times = isEdit && world.chance(0.1) ? 2 : 1; times > 0; times--) {
			this.#lastUp = Math.max(this.#lastUp, world.now + world.int(60));
			world.after(this.#lastUp - world.now, () => {
				if (!this.#isOpen || !this.#seat) return;
				const said = readClientFrame(frame)!.map(({ kind }) => kind);
				world.note(`${this.device.name} says ${said.join(', ')}`);
				this.#seat.receive(frame);
			});
		}
	}

	#down(frame: Uint8Array): void {
		const { world } = this;
		this.#lastDown = Math.max(this.#lastDown, world.now + world.int(60));
		world.after(this.#lastDown - world.now, () => {
			if (!this.#isOpen) return;
			const said = readServerFrame(frame)!.map(({ kind }) => kind);
			world.note(`${this.device.name} hears ${said.join(', ')}`);
			this.events.frame(frame);
		});
	}

	cut(code: number): void {
		if (!this.#isOpen) return;
		this.world.note(`${this.device.name} is cut, ${code}`);
		this.#isOpen = false;
		this.device.sockets.delete(this);
		// the server may notice long after the device that nobody is there
		const seat = this.#seat;
		this.world.after(this.world.chance(0.2) ? 200 : 0, () => seat?.leave());
		this.world.after(0, () => this.events.closed(code));
	}
}
