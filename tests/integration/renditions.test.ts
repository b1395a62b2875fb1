import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Asset } from '#shared/files/lineage.ts';
import type { ScanPage } from '#shared/scan.ts';
import type { FileKind } from '#shared/files/kinds.ts';
import { evict, sweepCaches } from '../../server/features/renditions/evict.ts';
import { makeRenditions } from '../../server/features/renditions/make.ts';
import {
	type Session,
	type StockClient,
	makeEvent,
	openStockClient,
	photoFacts,
	setUp,
	until
} from '../support/client.ts';
import { samplePhoto } from '../support/paths.ts';
import { type TestServer, startTestServer } from '../support/server.ts';
import { type Content, addressOfFile, hashOf, isEqual, sendFile } from '../support/upload.ts';

let server: TestServer;
let hana: Session;
let event: string;
let code: string;
let client: StockClient;
const SERIAL = '012345678901';
/** A photo as a camera with GPS makes it. */
const taken = async (n: number): Promise<Uint8Array<ArrayBuffer>> =>
	new Uint8Array(
		await sharp(readFileSync(samplePhoto(1)))
			.modulate({ brightness: 1 - n / 50 })
			.withMetadata({ orientation: 6 })
			.withExifMerge({
				IFD0: { Model: 'EOS R5' },
				IFD2: { BodySerialNumber: SERIAL },
				IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '9/1 1/1 2966/100' }
			})
			.jpeg({ quality: 90 })
			.toBuffer()
	);
const embedding = (n: number) => Array.from({ length: 128 }, (_, i) => 1.4 * (i === n ? 1 : 0.01));

async function add(n: number, bytes?: Uint8Array<ArrayBuffer>): Promise<Content> {
	const content = bytes ?? (await taken(n));
	const sha256 = hashOf(content);
	const photo = sha256.slice(0, 32);
	const facts = photoFacts(hana.userId, { sha256, size: content.length, name: `IMG_${n}.JPG` });
	client.doc.getMap('photos').set(photo, facts);
	const file: Content = { event, photo, kind: 'original', bytes: content };
	expect(await sendFile(hana, file)).toBeNull();
	await server.database.tenant(hana.workspace, (queries) =>
		queries.query(
			`insert into faces (workspace_id, event_id, photo_id, face, model, box, quality, embedding)
			 values ($1, $2, $3, 0, 'dlib-resnet-128', $4, 1, $5::text::vector)`,
			[hana.workspace, event, photo, [0, 0, 1, 1], `[${embedding(n).join(',')}]`]
		)
	);
	return file;
}
const get = (content: Content, kind: FileKind) =>
	hana.request('GET', addressOfFile(hana, { ...content, kind }));
const assets = async ({ photo }: Content) =>
	(
		await hana.json<{ assets: Asset[] }>(
			'GET',
			`/api/workspaces/${hana.workspace}/events/${event}/photos/${photo}/assets`
		)
	).assets;
interface Match {
	full: string;
	original: string;
}
const matchOf = async (n: number): Promise<Match> => {
	const page = (await (await fetch(`${server.url}/api/scan/${code}`)).json()) as ScanPage;
	const { language, version } = page.consents[0]!;
	const answer = await fetch(`${server.url}/api/scan/${code}/search`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({
			...{ model: 'dlib-resnet-128', embedding: embedding(n) },
			consent: { language, version }
		})
	});
	return ((await answer.json()) as { matches: Match[] }).matches[0]!;
};
const change = (settings: Record<string, unknown>) =>
	hana.json('PUT', `/api/workspaces/${hana.workspace}`, {
		name: 'Studio Abeba',
		slug: 'studio-abeba',
		settings
	});

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	event = await makeEvent(hana);
	client = openStockClient(server.url, hana.cookie, `event/${event}`);
	await client.synced;
	({ code } = await hana.json<{ code: string }>(
		'PUT',
		`/api/workspaces/${hana.workspace}/events/${event}/guest-access`
	));
});
afterAll(async () => {
	client.destroy();
	await server.stop();
});

it('makes what no device made when somebody asks, once, upright and without metadata', async () => {
	const content = await add(1);
	const answers = await Promise.all(
		(['thumb', 'web', 'thumb', 'web'] as const).map((kind) => get(content, kind))
	);
	for (const [index, side] of [400, 2000].entries()) {
		const answer = answers[index]!;
		expect(answer.status).toBe(200);
		expect(answer.headers.get('content-type')).toBe('image/webp');
		const picture = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
		const original = await sharp(content.bytes).metadata();
		// a quarter turn: the photo was taken upright
		expect(original.orientation).toBe(6);
		const [height, width] = [picture.height, picture.width];
		expect(Math.max(width, height)).toBe(Math.min(side, Math.max(original.width, original.height)));
		expect(height / width).toBeCloseTo(original.width / original.height, 1);
		expect(picture.exif).toBeUndefined();
	}
	const made = await assets(content);
	expect(made.map(({ kind }) => kind).sort()).toEqual(['original', 'thumb', 'web']);
	const original = made.find(({ kind }) => kind === 'original')!;
	for (const { kind, source, by } of made)
		if (kind !== 'original') expect([source, by]).toEqual([original.id, null]);
	expect(original.by).toEqual({ id: hana.userId, name: 'Hana Alemu' });
	await until(
		'the document says so',
		() => (client.doc.getMap('stored').get(content.photo) as { files: number })?.files === 13
	);
});

it('gives what a device sent while it was made, and keeps no second one', async () => {
	const content = await add(9);
	const web = new Uint8Array(await sharp(content.bytes).resize(300).webp().toBuffer());
	const put = server.storage.put.bind(server.storage);
	let isSent = false;
	const meanwhile = vi.spyOn(server.storage, 'put').mockImplementation(async (path, ...rest) => {
		if (path.includes('optimized/full') && !isSent) {
			isSent = true;
			expect(await sendFile(hana, { ...content, kind: 'web', bytes: web })).toBeNull();
		}
		return put(path, ...rest);
	});
	const answer = await get(content, 'web');
	meanwhile.mockRestore();
	expect(isSent).toBe(true);
	expect(answer.headers.get('etag')).toBe(`"${hashOf(web)}"`);
	expect(isEqual(new Uint8Array(await answer.arrayBuffer()), web)).toBe(true);
	const made = (await assets(content)).filter(({ kind }) => kind === 'web');
	expect(made.map(({ by }) => by?.name)).toEqual(['Hana Alemu']);
	const folder = `files/${hana.workspace}/2026/${event}/optimized/full`;
	const kept = (await server.storage.list(folder)).filter((name) => name.startsWith(content.photo));
	expect(kept).toHaveLength(1);
});

it('makes it by itself a while after the original came, and for what a crash left', async () => {
	const content = await add(2);
	await until('the thumbnail', async () => (await assets(content)).length === 3, 20_000);
});

it('tries a photo that cannot be decoded once, and says that there is none', async () => {
	const bytes = new Uint8Array(2_000);
	bytes.set([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0]);
	const content = await add(3, bytes);
	for (const kind of ['thumb', 'web'] as const) expect((await get(content, kind)).status).toBe(404);
	// it is no failure of the server
	expect(server.reports).toEqual([]);
	await expect(
		makeRenditions(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))
	).rejects.toThrow();
});

it('gives guests originals without place and serial number, unless the studio allows it', async () => {
	const content = await add(4);
	await get(content, 'thumb');
	const { original } = await matchOf(4);
	const download = async () => {
		const answer = await fetch(server.url + original);
		expect(answer.status).toBe(200);
		expect(answer.headers.get('content-disposition')).toContain('IMG_4.JPG');
		return Buffer.from(await answer.arrayBuffer());
	};
	const given = await download();
	expect(content.bytes.length).toBeGreaterThan(0);
	expect(Buffer.from(content.bytes).includes(SERIAL)).toBe(true);
	expect(given.includes(SERIAL)).toBe(false);
	expect((await sharp(given).metadata()).orientation).toBe(6);
	const pixels = await sharp(content.bytes).raw().toBuffer();
	expect((await sharp(given).raw().toBuffer()).equals(pixels)).toBe(true);
	const part = await fetch(server.url + original, { headers: { range: 'bytes=100-199' } });
	expect(given.subarray(100, 200).equals(Buffer.from(await part.arrayBuffer()))).toBe(true);
	await change({ guestsGetLocation: true });
	expect((await download()).equals(Buffer.from(content.bytes))).toBe(true);
	await change({});
	expect((await download()).equals(given)).toBe(true);
	// members get what was taken
	expect(Buffer.from(await (await get(content, 'original')).arrayBuffer()).includes(SERIAL)).toBe(
		true
	);
});

it('gives guests whose browser shows it a smaller encoding, from the second time on', async () => {
	const content = await add(5);
	await get(content, 'thumb');
	const { full } = await matchOf(5);
	const ask = async (accept: string) => {
		const answer = await fetch(server.url + full, { headers: { accept } });
		expect(answer.headers.get('vary')).toContain('Accept');
		return {
			type: answer.headers.get('content-type'),
			bytes: (await answer.arrayBuffer()).byteLength
		};
	};
	const first = await ask('image/avif,image/webp,*/*');
	expect(first.type).toBe('image/webp');
	await until(
		'the other encoding',
		async () => (await ask('image/avif,*/*')).type === 'image/avif',
		30_000
	);
	expect((await ask('image/avif,*/*')).bytes).toBeLessThan(first.bytes);
	expect((await ask('image/webp,*/*')).type).toBe('image/webp');
	const made = await assets(content);
	const web = made.find(({ kind, format }) => kind === 'web' && format === 'webp')!;
	expect(made.find(({ format }) => format === 'avif')!.source).toBe(web.id);
});

it('counts how often a file was asked for', async () => {
	const content = await add(6);
	for (let n = 0; n < 3; n++) await get(content, 'original');
	await server.access.flush();
	expect((await assets(content)).find(({ kind }) => kind === 'original')!.accesses).toBe(3);
});

it('gives up what it can make again, the longest unused first, when room is short; never originals', async () => {
	const [first, second] = [await add(7), await add(8)];
	for (const content of [first, second]) await get(content, 'web');
	await get(first, 'web');
	await server.access.flush();
	const ports = {
		database: server.database,
		storage: server.storage,
		markStored: async () => undefined
	};
	const kinds = async (content: Content) => (await assets(content)).map(({ kind }) => kind).sort();
	const before = await server.database.tenant(hana.workspace, (queries) =>
		queries.query<{ id: string }>(
			`select id from assets where created_by is null and kind <> 'thumb' order by last_accessed_at desc, id desc`
		)
	);
	expect(before.length).toBeGreaterThan(4);
	expect(await evict(ports, hana.workspace, 1)).toBeGreaterThan(0);
	const after = await server.database.tenant(hana.workspace, (queries) =>
		queries.query<{ id: string }>(
			`select id from assets where created_by is null and kind <> 'thumb' order by last_accessed_at desc, id desc`
		)
	);
	expect(after.map(({ id }) => id)).toEqual(before.slice(0, -1).map(({ id }) => id));
	await evict(ports, hana.workspace, Infinity);
	for (const content of [first, second])
		expect(await kinds(content)).toEqual(['original', 'thumb']);
	// asked for, it is made again
	expect((await get(first, 'web')).status).toBe(200);
	expect(await kinds(first)).toEqual(['original', 'thumb', 'web']);

	// a workspace that nears its limit makes room by itself, and a full disk too
	const used = async () =>
		Number(
			(
				await server.database.tenant(hana.workspace, (queries) =>
					queries.query<{ bytes: string }>(`select bytes from workspace_bytes`)
				)
			)[0]!.bytes
		);
	const roomy = async () => ({ free: 1e12, total: 2e12 });
	await sweepCaches(ports, roomy, (error) => server.reports.push(error));
	expect(await kinds(first)).toContain('web');
	await server.database.query(`update workspaces set quota_bytes = $1`, [(await used()) + 10]);
	await sweepCaches(ports, roomy, (error) => server.reports.push(error));
	expect(await kinds(first)).toEqual(['original', 'thumb']);
	// what a person sends goes before what can be made again
	await get(first, 'web');
	await server.database.query(`update workspaces set quota_bytes = $1`, [(await used()) + 10]);
	const bytes = new Uint8Array(1_000);
	bytes.set([0xff, 0xd8, 0xff, 0xe0]);
	const sha256 = hashOf(bytes);
	const small: Content = { event, photo: sha256.slice(0, 32), kind: 'original', bytes };
	expect(await sendFile(hana, small)).toBeNull();
	expect(await kinds(first)).toEqual(['original', 'thumb']);
	await server.database.query(`update workspaces set quota_bytes = null`);
	await get(first, 'web');
	await sweepCaches(
		ports,
		async () => ({ free: 1, total: 2e12 }),
		(error) => server.reports.push(error)
	);
	expect(await kinds(first)).toEqual(['original', 'thumb']);
	expect(server.reports).toEqual([]);
});
