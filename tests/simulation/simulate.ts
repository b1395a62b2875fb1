import * as Y from 'yjs';
import { Device, type Mutant, Server, ServerDisk } from './parts.ts';
import { World } from './world.ts';

export interface Outcome {
	/** broken promises, in words; none when all held */
	broken: string[];
	trace: string[];
	/** how often each kind of trouble happened */
	troubles: Record<string, number>;
}

const PEOPLE = ['a', 'b', 'c'].map((letter) => `${letter}1111111-1111-4111-8111-111111111111`);
const KEYS = ['0', '1', '2'].flatMap((digit) =>
	['rating', 'caption'].map((field) => `${digit.repeat(32)}/${field}`)
);

const marksOf = (doc: Y.Doc) => JSON.stringify(Object.entries(doc.getMap('marks').toJSON()).sort());

/** Runs one seed: a time of trouble, then peace; afterwards all promises must hold. */
export async function simulate(seed: number, mutant: Mutant = {}): Promise<Outcome> {
	const world = new World(seed);
	const disk = new ServerDisk(world, mutant);
	const server = new Server(world, disk);
	const devices = Array.from(
		{ length: 2 + world.int(4) },
		(_, i) => new Device(PEOPLE[i % 3]!, world, server, mutant)
	);
	const broken: string[] = [];
	const troubles: Record<string, number> = {};
	const count = (trouble: string) => (troubles[trouble] = (troubles[trouble] ?? 0) + 1);
	for (const device of devices) await device.boot();

	/** A device that says 'saved' must be right: the server's disk alone gives the edits back. */
	const checkClaims = () => {
		const durable = disk.document();
		for (const device of devices) {
			const { replica } = device;
			if (!replica || replica.waiting() > 0) continue;
			const { clientID, store } = replica.doc;
			if (Y.getState(durable.store, clientID) < Y.getState(store, clientID))
				broken.push(`saved was shown for edits of ${clientID} that the server's disk lacks`);
		}
	};

	let value = 0;
	for (let step = 0; step < 60; step++) {
		const device = world.pick(devices);
		const dice = world.random();
		if (dice < 0.5) {
			const key = world.pick(KEYS);
			device.edit(key, key.endsWith('rating') ? ++value % 6 : `caption ${++value}`);
		} else if (dice < 0.68) device.connect();
		else if (dice < 0.8) {
			if (device.link) count('cut');
			device.link?.cut();
		} else if (dice < 0.87) {
			if (device.replica) {
				count('device crash');
				device.crash();
				await device.boot();
				for (const [client, clock] of device.kept)
					if (Y.getState(device.replica!.doc.store, client) < clock)
						broken.push(`a device lost an edit of ${client} that it called kept`);
			}
		} else if (dice < 0.92) {
			if (server.relay) {
				count('server crash');
				server.crash();
			}
		} else if (!server.relay) server.start();
		world.trace.push(`${step} ${dice.toFixed(6)} ${disk.log.length}`);
		await world.run(world.int(60));
		checkClaims();
	}

	// Peace: a last power cut, then everybody comes back and stays.
	server.crash();
	checkClaims();
	server.start();
	for (const device of devices) device.connect();
	for (let round = 0; round < 40; round++) {
		await world.run(500);
		for (const device of devices) device.connect();
	}
	const durable = marksOf(disk.document());
	for (const device of devices) {
		const { replica } = device;
		if (marksOf(replica!.doc) !== durable)
			broken.push(`a device shows ${marksOf(replica!.doc)}, the server has ${durable}`);
		if (replica!.waiting() > 0) broken.push(`${replica!.waiting()} changes still wait in peace`);
		if (device.disk.refusals.length > 0)
			broken.push(`an honest edit was refused: ${String(device.disk.refusals[0])}`);
	}
	const final = disk.document();
	for (const device of devices)
		for (const [client, clock] of device.kept)
			if (Y.getState(final.store, client) < clock)
				broken.push(`an edit of ${client} never arrived`);
	world.trace.push(durable);
	return { broken, trace: world.trace, troubles };
}
