import { readFileSync } from 'node:fs';
import { type IncomingMessage, get } from 'node:http';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileKind } from '#shared/files/kinds.ts';
import {
	type Session,
	makeEvent,
	openStockClient,
	photoFacts,
	setUp,
	until
} from '../support/client.ts';
import { addPerson } from '../support/people.ts';
import { padded } from '../support/noise.ts';
import { samplePhoto } from '../support/paths.ts';
import { testS3 } from '../support/s3.ts';
import { type TestServer, startTestServer } from '../support/server.ts';
import {
	type Content,
	addressOfFile,
	commitFile,
	cutIntoChunks,
	frameOf,
	hashOf,
	isEqual,
	offerFile,
	putFrames,
	readStored,
	sendFile,
	uploadingDevice
} from '../support/upload.ts';

let server: TestServer;
let hana: Session;
let event: string;

const sample = new Uint8Array(readFileSync(samplePhoto(1)));
const unique = (size: number, seed: number) => padded(sample, size, seed);
const original = unique(1_200_000, 99);
const sha256 = hashOf(original);
const photo = sha256.slice(0, 32);
const originalOf = (bytes: Uint8Array<ArrayBuffer>, of = event): Content => ({
	event: of,
	photo: hashOf(bytes).slice(0, 32),
	kind: 'original',
	bytes
});

beforeAll(async () => {
	server = await startTestServer();
	// what the server makes of photos by itself, a while later, would be counted in between
	await server.renditions.stop();
	hana = await setUp(server);
	event = await makeEvent(hana);
	const client = openStockClient(server.url, hana.cookie, `event/${event}`);
	await client.synced;
	client.doc
		.getMap('photos')
		.set(photo, photoFacts(hana.userId, { sha256, size: original.length, name: 'ጥምቀት/../1.jpg' }));
	await until('the photo', async () => {
		const { photos } = await hana.json<{ photos: unknown[] }>(
			'GET',
			`/api/workspaces/${hana.workspace}/events/${event}/photos`
		);
		return photos.length === 1;
	});
	client.destroy();
});
afterAll(() => server.stop());

const at = (kind: FileKind) => addressOfFile(hana, { event, photo, kind });
const offer = (content: Content, who = hana) => offerFile(who, content);
const commit = (content: Content) => commitFile(hana, content);
const put = (body: Uint8Array<ArrayBuffer>) => putFrames(hana, body);
const read = (content: Content) => readStored(hana, content);
/** Sends pieces of a file. */
async function putPieces(content: Content, indices: number[]): Promise<void> {
	const chunks = await cutIntoChunks(content.bytes);
	for (const index of indices) {
		const start = chunks.slice(0, index).reduce((sum, { length }) => sum + length, 0);
		const bytes = content.bytes.slice(start, start + chunks[index]!.length);
		const header = { sha256: hashOf(content.bytes), index, offset: 0, length: bytes.length };
		expect((await put(frameOf(header, bytes))).status).toBe(200);
	}
}
const stagedFiles = () => server.storage.list(`uploads/${hana.workspace}`);
const storedBytes = async () => {
	const rows = await server.database.tenant(hana.workspace, async (queries) => [
		...(await queries.query<{ bytes: string }>(`select bytes from workspace_bytes`)),
		...(await queries.query<{ bytes: string }>(
			`select coalesce(sum(size), 0)::bigint as bytes from assets`
		))
	]);
	const [counted, summed] = rows.map(({ bytes }) => Number(bytes));
	expect(counted).toBe(summed);
	return counted!;
};

describe('files in pieces', () => {
	it('names the missing pieces, takes them in any order, and ends byte for byte equal', async () => {
		const content = originalOf(original);
		const count = (await cutIntoChunks(original)).length;
		expect(count).toBeGreaterThan(3);
		expect(await offer(content)).toEqual({
			stored: false,
			missing: Array.from({ length: count }, (_, i) => [i, 0])
		});
		await putPieces(
			content,
			Array.from({ length: count - 1 }, (_, i) => count - 1 - i)
		);
		expect(await commit(content)).toEqual({ stored: false, missing: [[0, 0]] });
		expect(await offer(content)).toEqual({ stored: false, missing: [[0, 0]] });
		await putPieces(content, [0]);
		expect(await commit(content)).toEqual({ stored: true, missing: [] });
		expect(isEqual(await read(content), original)).toBe(true);
	});
	it('answers an offer of what it has with one request, and a commit too', async () => {
		expect(await offer(originalOf(original))).toEqual({ stored: true, missing: [] });
		expect(await commit(originalOf(original))).toEqual({ stored: true, missing: [] });
	});
	it('lies in the layout that people can read, and leaves no pieces behind', async () => {
		const folder = `files/${hana.workspace}/2026/${event}/originals`;
		expect(await server.storage.list(folder)).toEqual([
			expect.stringMatching(`^${photo}\\.[0-9a-f]{8}\\.jpg$`)
		]);
		expect(await stagedFiles()).toEqual([]);
	});
	it('goes on to the byte where a piece was cut off', async () => {
		const content = originalOf(unique(900_000, 5));
		await offer(content);
		const [first] = await cutIntoChunks(content.bytes);
		const header = { sha256: hashOf(content.bytes), index: 0, offset: 0, length: first!.length };
		const frame = frameOf(header, content.bytes.slice(0, first!.length));
		const half = Math.floor(first!.length / 2);
		// a body of the right length that ends early, as a lost network leaves it
		expect((await put(frame.slice(0, 44 + half))).status).toBe(200);
		expect((await offer(content)).missing[0]).toEqual([0, half]);
		const rest = frameOf(
			{ ...header, offset: half, length: first!.length - half },
			content.bytes.slice(half, first!.length)
		);
		expect((await put(rest)).status).toBe(200);
		expect((await offer(content)).missing[0]![0]).toBe(1);
		expect(await sendFile(hana, content)).toBe(null);
		expect(isEqual(await read(content), content.bytes)).toBe(true);
	});
	it('sends of a photo whose metadata changed the pieces that changed', async () => {
		const before = unique(3_000_000, 6);
		expect(await sendFile(hana, originalOf(before))).toBe(null);
		const after = new Uint8Array(before.length + 3_000);
		after.set(before.subarray(0, 600));
		after.set(before.subarray(600), 3_600);
		const { missing } = await offer(originalOf(after));
		const chunks = await cutIntoChunks(after);
		const bytes = missing.reduce((sum, [index]) => sum + chunks[index]!.length, 0);
		expect(bytes).toBeLessThan(after.length / 3);
		expect(await sendFile(hana, originalOf(after))).toBe(null);
		expect(isEqual(await read(originalOf(after)), after)).toBe(true);
	});
	it('takes what is damaged on the server from the device instead', async () => {
		const before = unique(3_000_000, 7);
		const first = originalOf(before);
		expect(await sendFile(hana, first)).toBe(null);
		const folder = `files/${hana.workspace}/2026/${event}/originals`;
		const name = (await server.storage.list(folder)).find((each) => each.startsWith(first.photo));
		const path = `${folder}/${name}`;
		const stored = await server.storage.get(path);
		const rotten = new Uint8Array(await new Response(stored!.stream).arrayBuffer());
		rotten.fill(0, rotten.length - 1_500_000);
		await server.storage.put(path, [rotten]);
		const after = Uint8Array.from(before);
		after[sample.length + 5]! ^= 1;
		expect(await sendFile(hana, originalOf(after))).toBe(null);
		expect(isEqual(await read(originalOf(after)), after)).toBe(true);
	});
	it('asks again for pieces that the server lost', async () => {
		const content = originalOf(unique(1_000_000, 8));
		const before = new Set(await stagedFiles());
		await offer(content);
		const count = (await cutIntoChunks(content.bytes)).length;
		await putPieces(content, [...Array(count).keys()]);
		const [lost] = (await stagedFiles()).filter((name) => !before.has(name));
		await server.storage.remove(`uploads/${hana.workspace}/${lost!}`);
		const { stored, missing } = await commit(content);
		expect(stored).toBe(false);
		expect(missing.length).toBeGreaterThan(0);
		expect(await sendFile(hana, content)).toBe(null);
	});
	it('keeps content once, and gives it to another event without its bytes', async () => {
		const before = await storedBytes();
		const other = await makeEvent(hana, 'Album');
		expect(await offer(originalOf(original, other))).toEqual({ stored: true, missing: [] });
		expect(isEqual(await read(originalOf(original, other)), original)).toBe(true);
		expect(await storedBytes()).toBe(before);
	});
	it('gives nobody content for its hash alone', async () => {
		const dawit = await addPerson(server, hana.workspace, 'photographer');
		const his = await makeEvent(hana, 'His');
		await hana.request('POST', `/api/workspaces/${hana.workspace}/assignments`, {
			assign: [{ project: his, user: dawit.userId }]
		});
		const { stored, missing } = await offer(originalOf(original, his), dawit);
		expect(stored).toBe(false);
		expect(missing.length).toBe((await cutIntoChunks(original)).length);
	});
	it('finds no event that is not mine, whatever else the request brings', async () => {
		const foreign = await makeEvent(await addPerson(server, hana.workspace, 'editor'));
		const dawit = await addPerson(server, hana.workspace, 'photographer');
		expect((await offer(originalOf(original, foreign), dawit)).problem?.code).toBe('not_found');
	});
	it('takes two photos whose thumbnails are the same bytes, in one request', async () => {
		const bytes = new Uint8Array(
			await sharp({ create: { width: 90, height: 60, channels: 3, background: '#345' } })
				.webp()
				.toBuffer()
		);
		const contents = ['1', '2'].map((digit) => ({
			event,
			photo: digit.repeat(32),
			kind: 'thumb' as const,
			bytes
		}));
		const device = uploadingDevice(hana, contents);
		for (let round = 0; round < 5 && device.rows.length > 0; round++) await device.drain();
		expect(device.rows).toEqual([]);
		for (const content of contents) expect(isEqual(await read(content), bytes)).toBe(true);
	});
	it('takes two devices with the same file at the same time', async () => {
		const content = originalOf(unique(4_000_000, 9));
		const before = await stagedFiles();
		const devices = [uploadingDevice(hana, [content]), uploadingDevice(hana, [content])];
		await Promise.all(devices.map((device) => device.drain()));
		expect(devices.map(({ rows }) => rows)).toEqual([[], []]);
		expect(isEqual(await read(content), content.bytes)).toBe(true);
		expect(await stagedFiles()).toEqual(before);
		await storedBytes();
	});
	it('gives ranges, and nothing when nothing changed', async () => {
		const part = await hana.request('GET', at('original'), undefined, { range: 'bytes=10-19' });
		expect(part.status).toBe(206);
		expect(part.headers.get('content-range')).toBe(`bytes 10-19/${original.length}`);
		expect(isEqual(new Uint8Array(await part.arrayBuffer()), original.subarray(10, 20))).toBe(true);
		const head = await hana.request('HEAD', at('original'), undefined, { range: 'bytes=10-19' });
		expect(head.status).toBe(200);
		expect(head.headers.get('content-length')).toBe(String(original.length));
		const beyond = await hana.request('GET', at('original'), undefined, {
			range: `bytes=${original.length}-`
		});
		expect(beyond.status).toBe(416);
		const whole = await hana.request('GET', at('original'), undefined, {
			'if-none-match': `"${sha256}"`
		});
		expect(whole.status).toBe(304);
		expect(whole.headers.get('content-disposition')).toContain('attachment');
	});
	it('sends a browser that downloads an original to the storage itself, where it can', async () => {
		// a page that is left for a download; fetch would not let us say so
		const answer = await new Promise<IncomingMessage>((done) =>
			get(
				server.url + at('original'),
				{ headers: { cookie: hana.cookie, 'sec-fetch-mode': 'navigate' } },
				done
			)
		);
		answer.resume();
		expect(answer.statusCode).toBe(testS3() ? 307 : 200);
		if (answer.statusCode === 200) return;
		const link = new URL(answer.headers.location!);
		expect(Number(link.searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(300);
		expect(answer.headers['cache-control'] ?? '').not.toContain('public');
		expect(link.searchParams.get('response-content-disposition')).toContain('attachment');
		const direct = await fetch(link);
		expect(isEqual(new Uint8Array(await direct.arrayBuffer()), original)).toBe(true);
	});
	it('tells all devices through the document what it has', async () => {
		const client = openStockClient(server.url, hana.cookie, `event/${event}`);
		await client.synced;
		const stored = client.doc.getMap<{ files: number; faces: null }>('stored').get(photo);
		// a slow machine has made its renditions meanwhile
		expect([8, 13]).toContain(stored?.files);
		expect(stored?.faces).toBeNull();
		client.destroy();
	});
	it('counts what is stored without drift', async () => {
		expect(await storedBytes()).toBeGreaterThan(original.length);
	});
	it('reported no unexpected failure', () => {
		expect(server.reports).toEqual([]);
	});
});
