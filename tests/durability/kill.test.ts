// Real processes under a stream of edits, killed without a word: what a device called saved is there afterwards, and in
// the end everything that was made is. On Postgres two processes act as one.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Session, makeEvent, openStockClient, setUp, until } from '../support/client.ts';
import { type TestDevice, openDevice } from '../support/device.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import { seededRandom } from '../simulation/world.ts';
import { streamOf } from './stream.ts';

const ROUNDS = Number(process.env['AURA_ROUNDS'] ?? 5);
const servers: ServerProcess[] = [];
let hana: Session;
let document: string;

beforeAll(async () => {
	servers.push(await serverProcess());
	const { env } = servers[0]!;
	// the embedded database is one process's alone
	if (env['DATABASE_URL'])
		servers.push(
			await serverProcess({ DATABASE_URL: env['DATABASE_URL'], DATA_DIR: env['DATA_DIR'] })
		);
	hana = await setUp(servers[0]!);
	document = `event/${await makeEvent(hana)}`;
}, 120_000);
afterAll(async () => {
	for (const server of servers.reverse()) await server.remove();
});

/** All captions, by a fresh eye at each process. */
async function captions(): Promise<Set<string>[]> {
	const all: Set<string>[] = [];
	for (const { url } of servers) {
		const eye = openStockClient(url, hana.cookie, document);
		await eye.synced;
		all.push(new Set(eye.doc.getMap('marks').keys()));
		eye.destroy();
	}
	return all;
}

it(`loses nothing that was saved over ${ROUNDS} kills`, async () => {
	const random = seededRandom(11);
	const urls = servers.map(({ url }) => url);
	const devices: TestDevice[] = [];
	for (let at = 0; at < 3; at++)
		devices.push(
			await openDevice([...urls.slice(at % urls.length), ...urls], hana.cookie, document)
		);
	await until('connections', () => devices.every(({ replica }) => replica.isSynced));
	const { made, saved, begin } = streamOf(devices);
	for (let round = 0; round < ROUNDS; round++) {
		const victim = servers[Math.floor(random() * servers.length)]!;
		const stop = begin();
		await new Promise((done) => setTimeout(done, 150 + random() * 300));
		await victim.stop('SIGKILL');
		const before = saved.size;
		await new Promise((done) => setTimeout(done, 100));
		stop();
		await victim.start();
		const there = await captions();
		for (const keys of there)
			for (const key of [...saved].slice(0, before)) expect(keys, key).toContain(key);
		expect(before).toBeGreaterThan(0);
	}
	for (const { link } of devices) link.connect();
	await until(
		'everything saved',
		() => devices.every(({ replica }) => replica.waiting() === 0),
		60_000
	);
	for (const keys of await captions()) expect([...keys].sort()).toEqual([...made].sort());
	for (const { replica } of devices)
		await until('the same everywhere', () => replica.doc.getMap('marks').size === made.length);
	for (const device of devices) device.destroy();
}, 600_000);
