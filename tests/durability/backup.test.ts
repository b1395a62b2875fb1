// The drill: an installation is backed up while people work on it, and put back elsewhere. Every row and file is compared.
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../../server/config.ts';
import { columnsOf, inUtc, tablesInOrder } from '../../server/database/rows.ts';
import { openDatabase } from '../../server/database/open.ts';
import type { Database } from '../../server/database/database.ts';
import { makeBackup } from '../../server/features/backups/backup.ts';
import { createTally, leftOut, readRows } from '../../server/features/backups/rows.ts';
import { openStorage } from '../../server/storage/open.ts';
import { verifyProjections } from '../../server/relay/rebuild.ts';
import { aura, auraJson } from '../support/aura.ts';
import {
	type Session,
	makeEvent,
	openStockClient,
	photoFacts,
	sessionOf,
	setUp,
	until
} from '../support/client.ts';
import { type TestDevice, openDevice } from '../support/device.ts';
import { padded } from '../support/noise.ts';
import { samplePhoto } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import { type Content, hashOf, isEqual, readStored, sendFile } from '../support/upload.ts';
import { streamOf } from './stream.ts';

interface Made {
	time: string;
	files: number;
	copied: number;
	rows: number;
	missing: number;
}

let source: ServerProcess;
let target: ServerProcess;
let hana: Session;
let event: string;
let jpeg: Buffer;
const folder = mkdtempSync(join(tmpdir(), 'aura-backup-'));
const sent: Content[] = [];
const first = { saved: [] as string[], sent: 0, made: null as Made | null };
let made: Set<string>;

beforeAll(async () => {
	jpeg = await readFile(samplePhoto(1));
	source = await serverProcess();
	target = await serverProcess();
	await target.stop();
	hana = await setUp(source);
	event = await makeEvent(hana);
}, 120_000);
afterAll(async () => {
	await source?.remove();
	await target?.remove();
	rmSync(folder, { recursive: true, force: true });
});

/** A photo with its original, as a device brings it. */
async function bring(device: TestDevice, seed: number): Promise<Content> {
	const bytes = padded(jpeg, 60_000 + seed, seed);
	const sha256 = hashOf(bytes);
	const photo = sha256.slice(0, 32);
	device.replica.doc.getMap('photos').set(photo, { ...photoFacts(hana.userId), sha256 });
	const content: Content = { event, photo, kind: 'original', bytes };
	await until('it is there', async () => (await sendFile(hana, content)) === null);
	return content;
}
const withDatabase = async <T>(
	{ env, dataDir }: ServerProcess,
	run: (database: Database) => Promise<T>
): Promise<T> => {
	const database = await openDatabase(readConfig(env, dataDir, 'test'));
	return run(database).finally(() => database.close());
};
/** What is in each table. The life of the installation is a new one after a restore. */
const tablesOf = (server: ServerProcess) =>
	withDatabase(server, (database) =>
		database.transaction(async (queries) => {
			await inUtc(queries);
			const ids = await queries.query<{ id: string }>(`select id::text from workspaces`);
			const tables: Record<string, unknown> = {};
			for (const name of await tablesInOrder(queries)) {
				if (leftOut.has(name) || name === 'installation') continue;
				const tally = createTally();
				const columns = await columnsOf(queries, name);
				const rows = readRows(
					queries,
					name,
					columns,
					ids.map(({ id }) => id)
				);
				for await (const row of rows) tally.add(JSON.stringify(row));
				tables[name] = tally.result();
			}
			return tables;
		})
	);
const restore = async (...more: string[]) => aura(target.env, ['restore', folder, ...more]);

it('leaves a folder alone that holds other things', async () => {
	const other = mkdtempSync(join(tmpdir(), 'aura-other-'));
	await writeFile(join(other, 'thesis.txt'), 'ten years');
	const ran = await aura(source.env, ['backup', other, '--keep', '1']);
	expect(ran.code).toBe(4);
	expect(ran.error).toContain('holds other things');
	expect(await readdir(other)).toEqual(['thesis.txt']);
	rmSync(other, { recursive: true });
});

it('is made under load, by the command line beside the running server', async () => {
	const devices = [
		await openDevice([source.url], hana.cookie, `event/${event}`),
		await openDevice([source.url], hana.cookie, `event/${event}`)
	];
	await until('connections', () => devices.every(({ replica }) => replica.isSynced));
	const stream = streamOf(devices);
	const stop = stream.begin();
	let isOver = false;
	const uploads = (async () => {
		for (let seed = 1; !isOver; seed++) sent.push(await bring(devices[0]!, seed));
	})();
	// somebody removes photos for good meanwhile
	const removals = (async () => {
		for (let at = 3; !isOver; at += 4) {
			await until('one more', () => isOver || sent.length > at, 60_000);
			if (isOver) return;
			const { photo } = sent[at]!;
			const trash = { at: '2026-01-19T10:00:00.000Z', by: hana.userId };
			devices[0]!.replica.doc.getMap('trash').set(photo, trash);
			await until('it is trash', async () => {
				const response = await hana.request(
					'POST',
					`/api/workspaces/${hana.workspace}/trash/purge`,
					{ photos: [{ event, photo }], reason: 'Drill' }
				);
				return ((await response.json()) as { photos: number }).photos === 1;
			});
		}
	})();
	await until('some work', () => stream.saved.size > 100 && sent.length > 5, 60_000);
	first.saved = [...stream.saved];
	first.sent = sent.length;
	first.made = await auraJson<Made>(source.env, 'backup', folder);
	const after = stream.saved.size;
	await until('work goes on', () => stream.saved.size > after + 50, 60_000);
	stop();
	isOver = true;
	await Promise.all([uploads, removals]);
	await until('all saved', () => devices.every(({ replica }) => replica.waiting() === 0), 60_000);
	made = new Set(stream.made);
	for (const device of devices) device.destroy();
	expect(first.made.missing).toBe(0);
	expect(first.made.copied).toBe(first.made.files);
}, 300_000);

it('copies only what is new into a folder that has an earlier one', async () => {
	// what the server makes of them by itself is over
	await until(
		'quiet',
		async () => {
			const one = await auraJson<Made>(source.env, 'backup', folder);
			await new Promise((done) => setTimeout(done, 6_000));
			const two = await auraJson<Made>(source.env, 'backup', folder);
			return one.rows === two.rows && two.copied === 0;
		},
		120_000
	);
	const second = await auraJson<Made>(source.env, 'backup', folder);
	expect(second).toMatchObject({ missing: 0, copied: 0 });
	expect(second.files).toBeGreaterThan(0);
	await source.stop();
}, 240_000);

it('finds one byte that is not what it was, and restores nothing then', async () => {
	expect((await restore('--check')).code).toBe(0);
	const files = await readdir(join(folder, 'files'), { recursive: true, withFileTypes: true });
	const victim = files.find((file) => file.isFile() && file.name.endsWith('.jpg'))!;
	const path = join(victim.parentPath, victim.name);
	const bytes = await readFile(path);
	const wrong = Buffer.from(bytes);
	wrong[wrong.length >> 1]! ^= 1;
	await writeFile(path, wrong);
	const name = victim.name.split('/').pop()!;
	for (const ran of [await restore('--check'), await restore()]) {
		expect(ran.code).not.toBe(0);
		expect(ran.error).toContain(name);
	}
	await writeFile(path, bytes);
	const [time] = (await readdir(folder))
		.filter((each) => /^\d/.test(each))
		.sort()
		.reverse();
	const manifest = join(folder, time!, 'manifest.json');
	const text = await readFile(manifest, 'utf8');
	await writeFile(manifest, text.replace('0001_foundation', '9999_of_tomorrow'));
	const early = await restore();
	expect(early.code).toBe(2);
	expect(early.error).toContain('Update first');
	await writeFile(manifest, text);
	expect(await withDatabase(target, (database) => database.query(`select 1 from users`))).toEqual(
		[]
	);
}, 120_000);

it('is put back elsewhere: every row and file', async () => {
	const restored = await restore();
	expect(restored).toMatchObject({ code: 0 });
	expect(await tablesOf(target)).toEqual(await tablesOf(source));
	const twice = await restore();
	expect(twice.code).toBe(4);
	expect(twice.error).toContain('in use');
	expect(await withDatabase(target, verifyProjections)).toEqual([]);
	await target.start();
	// with the cookie that it had
	const there = sessionOf(target.url, hana.cookie, hana.userId, hana.workspace);
	const { photos } = await there.json<{ photos: { id: string }[] }>(
		'GET',
		`/api/workspaces/${hana.workspace}/events/${event}/photos`
	);
	expect(photos.length).toBeGreaterThan(5);
	for (const { id } of photos) {
		const content = sent.find(({ photo }) => photo === id)!;
		expect(isEqual(await readStored(there, content), content.bytes)).toBe(true);
	}
	const eye = openStockClient(target.url, hana.cookie, `event/${event}`);
	await eye.synced;
	const captions = [...eye.doc.getMap('marks').keys()];
	expect(new Set(captions)).toEqual(made);
	eye.destroy();
	await target.stop();
	const verified = await aura(target.env, ['storage', 'verify', '--content']);
	expect(verified.out).toContain('every one is where the database says');
}, 180_000);

it('has at an earlier time everything that was saved before it', async () => {
	const other = await serverProcess();
	try {
		await other.stop();
		const ran = await aura(other.env, ['restore', folder, '--at', first.made!.time]);
		expect(ran).toMatchObject({ code: 0 });
		await other.start();
		const eye = openStockClient(other.url, hana.cookie, `event/${event}`);
		await eye.synced;
		const there = eye.doc.getMap('marks');
		for (const key of first.saved) expect(there.has(key), key).toBe(true);
		eye.destroy();
		await other.stop();
		const verified = await aura(other.env, ['storage', 'verify', '--content']);
		expect(verified.out).toContain('every one is where the database says');
	} finally {
		await other.remove();
	}
}, 180_000);

it('makes two within one second, each of its own name', async () => {
	const now = () => new Date('2026-01-19T10:00:00.500Z');
	const { dataDir } = source;
	const storage = await openStorage(readConfig(source.env, dataDir, 'test'));
	await withDatabase(source, async (database) => {
		const ports = { database, storage, dataDir, version: 'test' };
		const made = [];
		for (let n = 0; n < 3; n++) made.push(await makeBackup(ports, folder, { now }));
		expect(made.map(({ time }) => time)).toEqual([
			'2026-01-19T10-00-00Z',
			'2026-01-19T10-00-01Z',
			'2026-01-19T10-00-02Z'
		]);
		expect(made.every(({ copied }) => copied === 0)).toBe(true);
	});
}, 60_000);

it('gives up earlier times when it is told how many stay, and works without the server', async () => {
	const last = await auraJson<Made & { removed: string }>(
		source.env,
		...['backup', folder, '--keep', '1']
	);
	expect(last.removed).toContain(first.made!.time);
	expect((await readdir(folder)).sort()).toEqual([last.time, 'aura-backup.txt', 'files']);
	expect((await restore('--check')).code).toBe(0);
	expect((await restore('--at', first.made!.time)).code).toBe(3);
}, 120_000);
