import * as Y from 'yjs';
import { writeUpdateMessage } from '#sync/relay/protocol.ts';
import type { Replica } from '#sync/replica/replica.ts';
import { Device, type Edit } from './device.ts';
import type { Mutant } from './mutants.ts';
import { Installation } from './server.ts';
import { World } from './world.ts';

export interface Outcome {
	/** broken promises, in words; none when all held */
	broken: string[];
	trace: string[];
	/** how often each kind of trouble happened */
	troubles: Record<string, number>;
}

const PEOPLE = ['a', 'b', 'c', 'd'].map((letter) => `${letter}1111111-1111-4111-8111-111111111111`);
const KEYS = ['0', '1', '2'].flatMap((digit) =>
	['rating', 'caption'].map((field) => `${digit.repeat(32)}/${field}`)
);
const STEPS = 70;

const marksOf = (doc: Y.Doc) =>
	JSON.stringify(
		Object.entries(doc.getMap('marks').toJSON())
			.filter(([, value]) => value !== null)
			.sort()
	);

/** One run of a seed. */
class Run {
	readonly world: World;
	readonly installation: Installation;
	readonly devices: Device[];
	readonly broken: string[] = [];
	readonly troubles: Record<string, number> = {};
	#value = 0;
	#wasDemoted = new Set<string>();
	/**
	 * Databases are put back in this run, or roles change: whoever lost a right after the backup has no receipts of their own
	 * edits, and these come back with the devices of others only.
	 */
	readonly #isRestored: boolean;

	constructor(seed: number, mutant: Mutant | null) {
		this.world = new World(seed);
		const { world } = this;
		this.#isRestored = world.chance(0.4);
		this.installation = new Installation(world, mutant, 1 + world.int(3));
		this.devices = Array.from({ length: 2 + world.int(5) }, (_, at) => {
			const person = PEOPLE[at % PEOPLE.length]!;
			return new Device(person, this.installation, `${person[0]}${at}`);
		});
	}

	#count(trouble: string): void {
		this.world.note(trouble);
		this.troubles[trouble] = (this.troubles[trouble] ?? 0) + 1;
	}

	/** One thing that people, networks, machines or thieves do. */
	async step(): Promise<void> {
		const { world, installation } = this;
		const device = world.pick(this.devices);
		const dice = world.random();
		if (device.tabs.length === 0) await device.openTab();
		else if (dice < 0.5) {
			const key = world.pick(KEYS);
			device.edit(
				world.pick(device.tabs),
				key,
				key.endsWith('rating') ? ++this.#value % 6 : `caption ${++this.#value}`
			);
		} else if (dice < 0.6) {
			device.hasNetwork = !device.hasNetwork;
			if (!device.hasNetwork) device.cut();
			this.#count('cut');
		} else if (dice < 0.67) {
			device.crash();
			this.#count('device crash');
		} else if (dice < 0.7) {
			if (device.tabs.length < 2) await device.openTab();
			this.#count('second tab');
		} else if (dice < 0.76) {
			const node = world.pick(installation.nodes);
			if (node.relay) node.crash();
			else node.start();
			this.#count('server crash');
		} else if (dice < 0.81) for (const node of installation.nodes) node.start();
		else if (dice < 0.85 && !this.#isRestored) {
			const isViewer = installation.roles.get(device.person) === 'viewer';
			if (!isViewer) this.#wasDemoted.add(device.person);
			installation.setRole(device.person, isViewer ? 'editor' : 'viewer');
			this.#count('role change');
		} else if (dice < 0.88) installation.backUp();
		else if (dice < 0.895 && this.#isRestored) {
			if (installation.restore()) this.#count('restore');
		} else if (dice < 0.93) this.#steal(device);
		else if (dice < 0.97) {
			world.pick(device.tabs).link?.rest();
			this.#count('rest');
		}
		world.note(`the log has ${installation.kept.head} entries`);
	}

	/** Somebody goes on under the client id of somebody else, where that one has stopped. */
	#steal(victim: Device): void {
		const { installation, world } = this;
		const replica = victim.tabs[0]?.replica;
		const thief = PEOPLE.find((person) => person !== victim.person)!;
		if (!replica || Y.getState(replica.doc.store, replica.doc.clientID) === 0) return;
		const copy = new Y.Doc();
		Y.applyUpdate(copy, Y.encodeStateAsUpdate(replica.doc));
		copy.clientID = replica.doc.clientID;
		const before = Y.encodeStateVector(copy);
		copy.getMap('marks').set(world.pick(KEYS.filter((key) => key.endsWith('caption'))), 'stolen');
		const node = world.pick(installation.nodes);
		const person = installation.mutant === 'forgedClientId' ? victim.person : thief;
		const forged = writeUpdateMessage(Y.encodeStateAsUpdate(copy, before));
		void node
			.join(
				person,
				0,
				() => {},
				() => {}
			)
			.then((seat) => {
				seat?.receive(forged);
				seat?.leave();
			});
		this.#count('theft');
	}

	/** What a device says is saved must be on the disk, or refused; what is not there must be counted. */
	checkClaims(): void {
		const durable = this.installation.document();
		for (const device of this.devices) {
			const replicas = device.tabs.flatMap(({ replica }) => replica ?? []);
			// a tab that opens this moment may not have heard of another one's last edit
			const shown = Math.max(...replicas.map((replica) => replica.waiting()));
			for (const replica of replicas) {
				const missing = device.edits.filter(
					({ client, clock }) =>
						Y.getState(replica.doc.store, client) > clock &&
						Y.getState(durable.store, client) <= clock
				);
				if (missing.length > shown && this.#isTold(replica))
					this.broken.push(
						`${shown} edits are shown as waiting, ${missing.length} are not on the server's disk`
					);
			}
		}
		for (const client of [...durable.store.clients.values()])
			for (const item of client)
				if (item instanceof Y.Item && JSON.stringify(item.content.getContent()) === '["stolen"]')
					this.broken.push('a forged edit entered');
	}

	/** It was connected since the database was put back: before, nobody could tell it. */
	#isTold({ epoch, isSynced }: Replica): boolean {
		const { restores, mutant } = this.installation;
		return restores === 0 || epoch === String(1 + restores) || (mutant === 'oldEpoch' && isSynced);
	}

	/** A last power cut, then everybody comes back and stays. */
	async peace(): Promise<void> {
		const { world, installation, devices } = this;
		for (const node of installation.nodes) node.crash();
		this.checkClaims();
		for (const node of installation.nodes) node.start();
		for (const device of devices) {
			device.hasNetwork = true;
			if (device.tabs.length === 0) await device.openTab();
			for (const tab of device.tabs) tab.link?.connect();
		}
		await world.run(90_000);
	}

	check(): void {
		const { installation, devices, broken } = this;
		const durable = installation.document();
		const wanted = marksOf(durable);
		for (const device of devices) {
			for (const { replica } of device.tabs) {
				if (marksOf(replica!.doc) !== wanted)
					broken.push(`a device shows ${marksOf(replica!.doc)}, the server has ${wanted}`);
				if (replica!.waiting() > 0) broken.push(`${replica!.waiting()} changes wait in peace`);
			}
			const refused = [...device.disk.refused.values()].flatMap(({ refusals }) => refusals);
			// what continues somebody's refused change is lost with it, and said to be
			const wrong = refused.find(({ reason }) => reason !== 'lost' || this.#wasDemoted.size === 0);
			if (!this.#wasDemoted.has(device.person) && wrong)
				broken.push(`an honest edit was refused: ${JSON.stringify(wrong)}`);
			for (const edit of device.edits) this.#checkEdit(edit, durable);
		}
		const projected = JSON.stringify(
			[...installation.projection]
				.filter(([, value]) => value !== 'null')
				.map(([key, value]) => [key.replace('marks/', ''), JSON.parse(value)])
				.sort()
		);
		if (installation.restores === 0 && projected !== wanted)
			broken.push(`the projection says ${projected}, the document ${wanted}`);
		for (const failure of this.world.failures)
			broken.push(
				`a process failed: ${failure instanceof Error ? failure.stack : String(failure)}`
			);
		this.world.trace.push(wanted);
	}

	/** A kept edit is in the document's history, in the box of what was refused, or was made again. */
	#checkEdit(edit: Edit, durable: Y.Doc): void {
		const { device, client, clock, key, value } = edit;
		if (!edit.isKept) return;
		const structs = durable.store.clients.get(client);
		const struct =
			structs && Y.getState(durable.store, client) > clock
				? structs[Y.findIndexSS(structs, clock)]
				: undefined;
		if (struct instanceof Y.Item) {
			const { roles, eras } = this.installation;
			if (roles.get(device.person) === 'viewer' && eras.get(device.person) === edit.era)
				this.broken.push(`an edit of ${key} entered from somebody who may not edit`);
			return;
		}
		const isRefused = [...device.disk.refused.values()].some(({ refusals }) =>
			refusals.some((each) => each.value === JSON.stringify(value))
		);
		if (isRefused) return;
		const isOverwritten = device.edits.some(
			(other) =>
				other !== edit &&
				other.key === key &&
				device.edits.indexOf(other) > device.edits.indexOf(edit)
		);
		const isMadeAgain = [...durable.store.clients.values()].some((group) =>
			group.some(
				(item) =>
					item instanceof Y.Item &&
					(item.deleted
						? item.parentSub === key
						: JSON.stringify(item.content.getContent()) === JSON.stringify([value]))
			)
		);
		if (!isMadeAgain && !isOverwritten)
			this.broken.push(`an edit of ${key} to ${JSON.stringify(value)} is nowhere`);
	}
}

/** Runs one seed: a time of trouble, then peace; afterwards all promises must hold. */
export async function simulate(seed: number, mutant: Mutant | null = null): Promise<Outcome> {
	const run = new Run(seed, mutant);
	for (const device of run.devices) await device.openTab();
	for (let step = 0; step < STEPS && run.broken.length === 0; step++) {
		await run.step();
		await run.world.run(run.world.int(120));
		run.checkClaims();
	}
	if (run.broken.length === 0) {
		await run.peace();
		run.check();
	}
	const { broken, troubles } = run;
	return { broken, trace: run.world.trace, troubles };
}
