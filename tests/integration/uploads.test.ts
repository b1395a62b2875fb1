// Uploads over networks that cut, break, damage and repeat, by seed; and over crashes of the server and full disks.
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { readManifest } from '#shared/files/manifest.ts';
import { sweepUploads } from '../../server/features/files/sweep.ts';
import { badNetwork } from '../support/bad-network.ts';
import { type Session, makeEvent, sessionOf, setUp } from '../support/client.ts';
import { padded } from '../support/noise.ts';
import { samplePhoto } from '../support/paths.ts';
import { type TestServer, startTestServer } from '../support/server.ts';
import {
	type Content,
	frameOf,
	hashOf,
	isEqual,
	readStored,
	serverOf,
	uploadingDevice
} from '../support/upload.ts';
import { seededRandom } from '../simulation/world.ts';

/** both databases get their share: the whole of it is run where a studio of many people would be */
const SEEDS = Number(
	process.env['AURA_UPLOAD_SEEDS'] ?? (process.env['TEST_DATABASE_URL'] ? 100 : 50)
);
const FIRST = Number(process.env['AURA_UPLOAD_SEED'] ?? 1);

let server: TestServer;
let hana: Session;
let event: string;
let webp: Buffer;
const jpeg = readFileSync(samplePhoto(1));

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	event = await makeEvent(hana);
	webp = await sharp(jpeg).resize(300).webp({ quality: 40 }).toBuffer();
});
afterAll(() => server.stop());

/** A file that nobody sent before. */
function contentOf(kind: 'thumb' | 'web' | 'original', size: number, seed: number): Content {
	const head = kind === 'original' ? jpeg : webp;
	const bytes = padded(head, size, seed);
	return { event, photo: hashOf(bytes).slice(0, 32), kind, bytes };
}

const staged = () =>
	server.database.tenant(hana.workspace, (queries) =>
		queries.query(`select sha256 as what from uploads union all select hash from staged_chunks`)
	);

describe('uploads over a bad network', () => {
	it(
		`${SEEDS} devices each end with all of their files on the server, byte for byte, once`,
		async () => {
			const happened = { cuts: 0, breaks: 0, damages: 0 };
			for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
				const random = seededRandom(seed);
				const contents = Array.from({ length: 1 + Math.floor(random() * 5) }, (_, n) => {
					const kind = (['thumb', 'web', 'original'] as const)[Math.floor(random() * 3)]!;
					const most = { thumb: 40_000, web: 400_000, original: 1_500_000 }[kind];
					return contentOf(kind, 100 + Math.floor(random() ** 2 * most), seed * 100 + n);
				});
				const network = await badNetwork(
					{ port: Number(new URL(server.url).port) },
					{
						seed,
						...(random() < 0.5 ? { cutEvery: 200 + random() * 300, bandwidth: 4e6 } : {}),
						...(random() < 0.7 ? { breaks: random() * 0.6 } : {}),
						...(random() < 0.3 ? { damages: 0.02 } : {})
					}
				);
				const through = sessionOf(network.url, hana.cookie, hana.userId, hana.workspace);
				// now and then a second device sends the same, and half of the time goes away in the middle
				const devices = [
					uploadingDevice(through, contents, { random, speed: 20 }),
					...(random() < 0.2 ? [uploadingDevice(through, contents, { random, speed: 20 })] : [])
				];
				const gone = random() < 0.5 ? devices[1] : undefined;
				const leaves = gone && setTimeout(() => (gone.ports.isOpen = () => false), random() * 100);
				for (let round = 0; round < 200 && devices[0]!.rows.length > 0; round++) {
					await Promise.all(devices.map((device) => device.drain()));
					// what failed is tried again a while later
					if (devices[0]!.rows.length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
				}
				clearTimeout(leaves);
				expect(devices[0]!.rows, `seed ${seed}`).toEqual([]);
				for (const content of contents) {
					const same = isEqual(await readStored(hana, content), content.bytes);
					expect(same, `seed ${seed}`).toBe(true);
				}
				for (const what of ['cuts', 'breaks', 'damages'] as const)
					happened[what] += network.happened[what];
				await network.close();
			}
			expect(server.reports).toEqual([]);
			const [row] = await server.database.tenant(hana.workspace, (queries) =>
				queries.query<{ twice: number; drift: string }>(
					// what the server makes of them is not theirs
					`select (count(*) filter (where created_by is not null)
				 		- count(distinct sha256) filter (where created_by is not null))::int as twice,
					 	sum(size) - (select bytes from workspace_bytes) as drift from assets`
				)
			);
			expect({ ...row, drift: Number(row!.drift) }).toEqual({ twice: 0, drift: 0 });
			// a test of a bad network in which nothing bad happened would prove nothing
			if (SEEDS >= 100)
				for (const count of Object.values(happened)) expect(count).toBeGreaterThan(5);
		},
		SEEDS * 2_000
	);
	it('leaves nothing behind of what was finished', async () => {
		expect(await staged()).toEqual([]);
		// the last requests of a device that went away may still be on their way
		await expect.poll(() => server.storage.list(`uploads/${hana.workspace}`)).toEqual([]);
	});
});

describe('a device that goes silent', () => {
	it('is told to the byte what arrived, though its old request is still open', async () => {
		const content = contentOf('original', 900_000, 77_001);
		const device = uploadingDevice(hana, [content]);
		const sender = 'silent-sender';
		const real = serverOf(hana, sender);
		const [row] = device.rows;
		row!.chunks = await device.ports.cut(row!);
		await real.offer(hana.workspace, [row!], false, AbortSignal.timeout(10_000));
		// half a request, and then nothing: no end, no reset
		const [first] = readManifest(row!.chunks);
		const header = { sha256: row!.sha256, index: 0, offset: 0, length: first!.length };
		const frame = frameOf(header, content.bytes.slice(0, first!.length));
		const open = request(
			`${server.url}/api/workspaces/${hana.workspace}/uploads/chunks?sender=${sender}`,
			{
				method: 'PUT',
				headers: { cookie: hana.cookie, 'content-length': frame.length }
			}
		);
		open.on('error', () => undefined);
		open.write(frame.slice(0, 20_044));
		await new Promise((resolve) => setTimeout(resolve, 300));
		const [state] = await real.offer(hana.workspace, [row!], true, AbortSignal.timeout(10_000));
		expect(state!.missing[0]).toEqual([0, 20_000]);
		open.destroy();
		expect(await device.drain()).toBe(1);
	});
});

describe('what nobody goes on with', () => {
	it('is removed after seven days, its reservation too, and what crashes left behind after one', async () => {
		const content = contentOf('original', 900_000, 88_001);
		const device = uploadingDevice(hana, [content]);
		const sent: number[] = [];
		const { server: real } = device.ports;
		device.ports.server = {
			...real,
			commit: () => Promise.reject(Object.assign(new Error('no'), { code: 'forbidden' })),
			send: (workspace, body, patience) => {
				sent.push(body.length);
				return real.send(workspace, body, patience);
			}
		};
		await device.drain();
		expect(sent.length).toBeGreaterThan(0);
		const { storage } = server;
		const folder = `uploads/${hana.workspace}`;
		const stray = `${(Date.now() - 25 * 3_600_000).toString(36).padStart(9, '0')}-stray`;
		await storage.put(`${folder}/${stray}`, [new Uint8Array(5)]);
		const pieces = (await storage.list(folder)).filter((name) => name !== stray);
		await sweepUploads(server.database, storage);
		expect((await storage.list(folder)).sort()).toEqual(pieces.sort());
		await server.database.tenant(hana.workspace, async (queries) => {
			for (const table of ['uploads', 'staged_chunks'])
				await queries.query(`update ${table} set expires_at = now() - interval '1 second'`);
		});
		await sweepUploads(server.database, storage);
		expect(await storage.list(folder)).toEqual([]);
		expect(await staged()).toEqual([]);
	});
});
