// Postgres killed without a word under a stream of edits: what a device called saved is there afterwards, the server goes on
// by itself, and in the end everything that was made is there.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../tools/services.mjs';
import { type Session, makeEvent, openStockClient, setUp, until } from '../support/client.ts';
import { type TestDevice, openDevice } from '../support/device.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import { seededRandom } from '../simulation/world.ts';
import { streamOf } from './stream.ts';

const ROUNDS = Number(process.env['AURA_ROUNDS'] ?? 5);
const cluster: Cluster | null = process.env['TEST_DATABASE_URL'] ? await startCluster() : null;
const servers: ServerProcess[] = [];
let hana: Session;
let document: string;

beforeAll(async () => {
	if (!cluster) return;
	servers.push(await serverProcess({ DATABASE_URL: cluster.url }));
	servers.push(
		await serverProcess({ DATABASE_URL: cluster.url, DATA_DIR: servers[0]!.env['DATA_DIR'] })
	);
	hana = await setUp(servers[0]!);
	document = `event/${await makeEvent(hana)}`;
}, 120_000);
afterAll(async () => {
	for (const server of servers.reverse()) await server.remove();
	cluster?.stop();
});

/** All keys of captions, by a fresh eye at each process; null: one of them cannot say yet. */
async function captions(): Promise<Set<string>[] | null> {
	const all: Set<string>[] = [];
	for (const { url } of servers) {
		const eye = openStockClient(url, hana.cookie, document);
		const isThere = await Promise.race([
			eye.synced.then(() => true),
			new Promise<false>((done) => setTimeout(() => done(false), 3_000))
		]);
		all.push(new Set(eye.doc.getMap('marks').keys()));
		eye.destroy();
		if (!isThere) return null;
	}
	return all;
}

// without Postgres there is nothing to kill
it.runIf(cluster)(
	`loses nothing that was saved over ${ROUNDS} kills of Postgres`,
	async () => {
		const random = seededRandom(17);
		const urls = servers.map(({ url }) => url);
		const devices: TestDevice[] = [];
		for (let at = 0; at < 3; at++)
			devices.push(await openDevice([...urls.slice(at % 2), ...urls], hana.cookie, document));
		await until('connections', () => devices.every(({ replica }) => replica.isSynced));
		const { made, saved, begin } = streamOf(devices);
		for (let round = 0; round < ROUNDS; round++) {
			const stop = begin();
			const before = saved.size;
			await new Promise((done) => setTimeout(done, 200 + random() * 300));
			await cluster!.kill();
			const claimed = [...saved];
			expect(claimed.length).toBeGreaterThan(before);
			await new Promise((done) => setTimeout(done, 200));
			stop();
			const answer = await fetch(`${servers[0]!.url}/api/auth/me`, {
				headers: { cookie: hana.cookie }
			});
			expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'unavailable' }]);
			await cluster!.start();
			// a process that could not be told of what the other one stored finds it within seconds
			await until(
				'what was saved, at each process',
				async () => {
					const there = await captions();
					return there !== null && there.every((keys) => claimed.every((key) => keys.has(key)));
				},
				60_000
			);
			for (const { link } of devices) link.connect();
			await until('connections', () => devices.every(({ replica }) => replica.isSynced), 60_000);
		}
		await until(
			'everything saved',
			() => devices.every(({ replica }) => replica.waiting() === 0),
			60_000
		);
		// what one process stored while the other could not be told, it finds within seconds
		const all = [...made].sort().join();
		await until('everything everywhere', async () =>
			(await captions())!.every((keys) => [...keys].sort().join() === all)
		);
		for (const device of devices) device.destroy();
	},
	600_000
);
