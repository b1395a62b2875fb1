// Both sides of an upload die at every step of offer, pieces and commit, one after the other; the server's disk is full at
// every write; the device's clock jumps. What follows ends with the files whole, once, and nothing else.
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuraError } from '#shared/errors.ts';
import { base64Of } from '#shared/files/manifest.ts';
import { commitSchema, offerSchema } from '#shared/files/upload.ts';
import type { Project } from '#shared/projects/project.ts';
import type { Transfer, TransferServer } from '#sync/transfer/ports.ts';
import { type FileService, createFileService } from '../../server/features/files/service.ts';
import { createMarkStored } from '../../server/features/files/stored-marks.ts';
import { sweepUploads } from '../../server/features/files/sweep.ts';
import { verifyStorage } from '../../server/features/files/verify.ts';
import { createQuota } from '../../server/features/usage/quota.ts';
import type { Database } from '../../server/database/database.ts';
import type { Storage } from '../../server/storage/storage.ts';
import { type Session, makeEvent, setUp } from '../support/client.ts';
import { type Mortal, mortal, mortalDatabase, mortalStorage } from '../support/mortal.ts';
import { padded } from '../support/noise.ts';
import { samplePhoto } from '../support/paths.ts';
import { type TestServer, startTestServer } from '../support/server.ts';
import {
	type Content,
	type Device,
	hashOf,
	isEqual,
	readStored,
	uploadingDevice
} from '../support/upload.ts';

let server: TestServer;
let hana: Session;
let event: string;
let project: Project;
let webp: Buffer;
let seed = 0;
const jpeg = readFileSync(samplePhoto(1));
/** some of the steps on each database, for they are the same; every one of them at night */
const STRIDE = Number(
	process.env['AURA_CRASH_STRIDE'] ?? (process.env['TEST_DATABASE_URL'] ? 5 : 4)
);
/** ms; each step is a whole upload, a server that dies and one that begins */
const MOST_MS = STRIDE === 1 ? 3_600_000 : 600_000;
/** time runs so much faster for devices */
const SPEED = 200;

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	event = await makeEvent(hana);
	project = await hana.json('GET', `/api/workspaces/${hana.workspace}/projects/${event}`);
	webp = await sharp(jpeg).resize(300).webp({ quality: 40 }).toBuffer();
});
afterAll(() => server.stop());

/** A small file, and one of several pieces, that nobody sent before. */
function fresh(): Content[] {
	seed++;
	const small = padded(webp, 3_000 + seed, seed);
	const large = padded(jpeg, 400_000 + seed, seed);
	return [
		{ event, photo: hashOf(large).slice(0, 32), kind: 'thumb', bytes: small },
		{ event, photo: hashOf(large).slice(0, 32), kind: 'original', bytes: large }
	];
}
const serviceOn = (database: Database, storage: Storage): FileService =>
	createFileService(
		database,
		storage,
		createMarkStored(database, server.relay, 1),
		createQuota(database),
		() => undefined
	);
/** The service as a device reaches it, with nothing in between. */
function reach(service: FileService): TransferServer {
	const sending = {
		workspace: hana.workspace,
		person: hana.userId,
		reach: 'all' as const,
		eventOf: () => Promise.resolve(project)
	};
	const refOf = ({ photo, kind, sha256, size }: Transfer) => ({ event, photo, kind, sha256, size });
	return {
		async offer(_, rows, isAgain) {
			const files = rows.map((row) => ({
				...refOf(row),
				...(row.chunks ? { chunks: base64Of(row.chunks) } : {})
			}));
			const given = offerSchema.parse({ sender: 'the-sender', isAgain, files });
			return (await service.offer(sending, given.files)).files;
		},
		async send(_, body) {
			const parts = async function* () {
				for (let at = 0; at < body.length; at += 100_000) yield body.slice(at, at + 100_000);
			};
			await service.receive(hana.workspace, parts(), body.length);
		},
		commit: async (_, rows) =>
			(await service.commit(sending, commitSchema.parse({ files: rows.map(refOf) }).files)).files
	};
}
const deviceOn = (to: TransferServer, contents: Content[], rows?: Device['rows']): Device => {
	const device = uploadingDevice(hana, contents, { server: to, speed: SPEED });
	if (rows) device.rows.splice(0, Infinity, ...rows);
	return device;
};
async function drainAll(device: Device): Promise<void> {
	for (let round = 0; round < 200 && device.rows.length > 0; round++) {
		await device.drain();
		if (device.rows.length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
	}
	expect(device.rows).toEqual([]);
}
/** Every file is there whole and once, and nothing is under way or left over. */
async function assertWhole(contents: readonly Content[], what: string): Promise<void> {
	for (const content of contents)
		expect(isEqual(await readStored(hana, content), content.bytes), what).toBe(true);
	const left = await server.database.tenant(hana.workspace, (queries) =>
		queries.query(`select sha256 as what from uploads union all select hash from staged_chunks`)
	);
	expect(left, what).toEqual([]);
}
/** After a day nothing is left of what crashes left, and what is counted is what is there. */
async function assertTidy(): Promise<void> {
	const tomorrow = () => Date.now() + 25 * 3_600_000;
	await sweepUploads(server.database, server.storage, tomorrow);
	expect(await server.storage.list(`uploads/${hana.workspace}`)).toEqual([]);
	const { differences } = await verifyStorage(server.database, server.storage, {
		isDeep: true,
		now: tomorrow
	});
	// a file that was placed, and whose process died before it was entered, is a stray that `verify --repair` removes
	expect(differences.filter(({ fault }) => fault !== 'stray')).toEqual([]);
	const [row] = await server.database.tenant(hana.workspace, (queries) =>
		queries.query<{ twice: number; drift: string }>(
			`select (count(*) filter (where created_by is not null)
			 	- count(distinct sha256) filter (where created_by is not null))::int as twice,
			 	sum(size) - (select bytes from workspace_bytes) as drift from assets`
		)
	);
	expect({ ...row, drift: Number(row!.drift) }).toEqual({ twice: 0, drift: 0 });
}

describe('a server that dies', () => {
	/** Sends files to a server that dies, then to the one that takes its place. @returns steps that it did */
	async function dieAt(at: number, how: 'before' | 'after'): Promise<Mortal> {
		const life = mortal(at, how);
		const contents = fresh();
		const dying = reach(
			serviceOn(mortalDatabase(server.database, life), mortalStorage(server.storage, life))
		);
		const alive = reach(serviceOn(server.database, server.storage));
		const now = () => (life.isDead() ? alive : dying);
		const device = deviceOn(
			{
				offer: (...asked) => now().offer(...asked),
				send: (...asked) => now().send(...asked),
				commit: (...asked) => now().commit(...asked)
			},
			contents
		);
		await drainAll(device);
		await assertWhole(contents, `${how} step ${at}`);
		return life;
	}
	it(
		'at every step before or after it was done, loses nothing and keeps nothing twice',
		async () => {
			const all = (await dieAt(Infinity, 'before')).steps();
			expect(all).toBeGreaterThan(20);
			for (const how of ['before', 'after'] as const)
				for (let at = 1; at <= all; at += STRIDE) await dieAt(at, how);
			await assertTidy();
		},
		MOST_MS
	);
});

describe('a device that dies', () => {
	/** As a page that is closed: what it waits for never comes. */
	function mortalDevice(device: Device, life: Mortal): Promise<void> {
		let die = () => {};
		const death = new Promise<void>((resolve) => (die = resolve));
		const step = <T>(run: () => Promise<T>): Promise<T> =>
			life.step(run).catch((error: unknown) => {
				if (!life.isDead()) throw error;
				die();
				return new Promise<T>(() => undefined);
			});
		const { store, server: to, read, cut } = device.ports;
		device.ports.store = {
			next: (...asked) => step(() => store.next(...asked)),
			update: (...asked) => step(() => store.update(...asked)),
			remove: (...asked) => step(() => store.remove(...asked))
		};
		device.ports.server = {
			offer: (...asked) => step(() => to.offer(...asked)),
			send: (...asked) => step(() => to.send(...asked)),
			commit: (...asked) => step(() => to.commit(...asked))
		};
		device.ports.read = (...asked) => step(() => read(...asked));
		device.ports.cut = (...asked) => step(() => cut(...asked));
		return Promise.race([death, device.drain().then(() => undefined)]);
	}
	it('at every step goes on where it was, and sends nothing that arrived', async () => {
		const to = reach(serviceOn(server.database, server.storage));
		let all = Infinity;
		for (const how of ['before', 'after'] as const)
			for (let at = how === 'before' ? 0 : 1; at <= all; at++) {
				const contents = fresh();
				const first = deviceOn(to, contents);
				const life = mortal(at || Infinity, how);
				await mortalDevice(first, life);
				if (at === 0) all = life.steps();
				const next = deviceOn(to, contents, first.rows);
				await drainAll(next);
				await assertWhole(contents, `${how} step ${at}`);
			}
		expect(all).toBeGreaterThan(10);
		await assertTidy();
	}, 300_000);
});

describe('a server without room', () => {
	it('at every write, half of it done, takes the files once there is room', async () => {
		let writes = Infinity;
		for (let at = 0; at <= writes; at++) {
			let count = 0;
			const contents = fresh();
			// three times in a row, so that a second try meets it as well
			const isFullNow = () => ++count >= at && count < at + 3 && at > 0;
			const full: Storage = {
				...server.storage,
				async copy(from, to, proof) {
					if (isFullNow()) throw new AuraError('storage_full', 'The server has no room left.');
					return server.storage.copy(from, to, proof);
				},
				async put(path, chunks, isLasting) {
					const isFull = isFullNow();
					const half = async function* () {
						let parts = 0;
						for await (const chunk of chunks) {
							if (isFull && parts++ > 0) break;
							yield chunk;
						}
						if (isFull) throw new AuraError('storage_full', 'The server has no room left.');
					};
					await server.storage.put(path, half(), isLasting);
				}
			};
			await drainAll(deviceOn(reach(serviceOn(server.database, full)), contents));
			if (at === 0) writes = count;
			await assertWhole(contents, `write ${at}`);
		}
		expect(writes).toBeGreaterThan(2);
		await assertTidy();
	}, 120_000);
});

describe('a device whose clock jumps', () => {
	it('a year ahead, and back, sends everything', async () => {
		const real = reach(serviceOn(server.database, server.storage));
		const contents = fresh();
		let offset = 0;
		let refusals = 0;
		const YEAR = 365 * 86_400_000;
		const device = deviceOn(
			{
				...real,
				async commit(...asked) {
					if (++refusals > 3) return real.commit(...asked);
					return asked[1].map(() => ({
						stored: false,
						missing: [],
						problem: { code: 'internal', detail: 'Not now.' }
					}));
				}
			},
			contents
		);
		const { now } = device.ports;
		device.ports.now = () => now() + offset;
		// what failed waits for its next try, and then somebody sets the clock
		for (const jump of [YEAR, -YEAR, 0, YEAR, 0]) {
			offset = jump;
			await device.drain();
		}
		await drainAll(device);
		expect(refusals).toBeGreaterThan(3);
		await assertWhole(contents, 'clock');
	}, 60_000);
});
