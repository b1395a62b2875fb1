import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSidecar } from '#shared/faces/sidecar.ts';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { CHUNK_BYTES } from '#shared/files/kinds.ts';
import {
	type Session,
	makeEvent,
	openStockClient,
	photoFacts,
	setUp,
	until
} from '../support/client.ts';
import { addPerson } from '../support/people.ts';
import { samplePhoto } from '../support/paths.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

let server: TestServer;
let hana: Session;
let event: string;

const original = readFileSync(samplePhoto(1));
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const sha256 = hashOf(original);
const photo = sha256.slice(0, 32);

beforeAll(async () => {
	server = await startTestServer();
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

const at = (kind: string, id = photo) =>
	`/api/workspaces/${hana.workspace}/events/${event}/photos/${id}/files/${kind}`;
const offerOf = (bytes: Uint8Array) => ({ sha256: hashOf(bytes), size: bytes.length });

async function send(
	kind: string,
	bytes: Uint8Array,
	options: { id?: string; skip?: number[] } = {}
): Promise<Response> {
	const { sha256: hash, size } = offerOf(bytes);
	for (let index = 0; index * CHUNK_BYTES < size; index++) {
		if (options.skip?.includes(index)) continue;
		const piece = bytes.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
		const put = await hana.request(
			'PUT',
			`${at(kind, options.id)}/chunks/${index}?sha256=${hash}`,
			new Uint8Array(piece),
			{
				'content-type': 'application/octet-stream'
			}
		);
		expect(put.status).toBe(204);
	}
	return hana.request('POST', `${at(kind, options.id)}/commit`, offerOf(bytes));
}

describe('files in pieces', () => {
	it('names the missing pieces, takes them in any order, and ends byte for byte equal', async () => {
		const pieces = Math.ceil(original.length / CHUNK_BYTES);
		expect(await hana.json('POST', `${at('original')}/offer`, offerOf(original))).toEqual({
			stored: false,
			missing: Array.from({ length: pieces }, (_, i) => i)
		});
		const early = await send('original', original, { skip: [0] });
		expect(early.status).toBe(409);
		expect(await early.json()).toMatchObject({ code: 'missing_chunks', missing: [0] });
		expect(await hana.json('POST', `${at('original')}/offer`, offerOf(original))).toMatchObject({
			missing: [0]
		});
		expect((await send('original', original)).status).toBe(200);
		const back = Buffer.from(await (await hana.request('GET', at('original'))).arrayBuffer());
		expect(back.equals(original)).toBe(true);
	});
	it('answers an offer of what it has with one request', async () => {
		expect(await hana.json('POST', `${at('original')}/offer`, offerOf(original))).toEqual({
			stored: true,
			missing: []
		});
		expect((await send('original', original)).status).toBe(200);
	});
	it('lies in the layout that people can read, and leaves no pieces behind', () => {
		const storage = join(server.dataDir, 'storage');
		expect(
			existsSync(join(storage, `files/${hana.workspace}/2026/${event}/originals/${photo}.jpg`))
		).toBe(true);
		expect(readdirSync(join(storage, `uploads/${hana.workspace}`))).toEqual([]);
	});
	it('gives ranges, and nothing when nothing changed', async () => {
		const part = await hana.request('GET', at('original'), undefined, { range: 'bytes=10-19' });
		expect(part.status).toBe(206);
		expect(part.headers.get('content-range')).toBe(`bytes 10-19/${original.length}`);
		expect(Buffer.from(await part.arrayBuffer()).equals(original.subarray(10, 20))).toBe(true);
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
	it('tells all devices through the document what it has', async () => {
		const client = openStockClient(server.url, hana.cookie, `event/${event}`);
		await client.synced;
		expect(client.doc.getMap('stored').get(photo)).toEqual({ files: 8, faces: null });
		client.destroy();
	});
});

describe('bad files', () => {
	const svg = Buffer.from(
		'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
	);
	it.each([
		['an SVG', svg],
		['HTML', Buffer.from('<!doctype html><script>alert(1)</script>')],
		['a GIF', Buffer.from('GIF89a' + 'x'.repeat(100))]
	])('refuses %s as an original', async (_, bytes) => {
		const answer = await send('original', bytes, { id: hashOf(bytes).slice(0, 32) });
		expect(answer.status).toBe(415);
	});
	it('refuses an original under another photo', async () => {
		const other = readFileSync(samplePhoto(2));
		expect((await hana.request('POST', `${at('original')}/offer`, offerOf(other))).status).toBe(
			422
		);
	});
	it('refuses a thumbnail that is no WebP, or larger than a thumbnail', async () => {
		expect((await send('thumb', original)).status).toBe(415);
		const large = await sharp({
			create: { width: 2000, height: 2000, channels: 3, background: '#abc' }
		})
			.webp()
			.toBuffer();
		expect((await send('thumb', large)).status).toBe(413);
	});
	it('refuses pieces that are too large, empty or of no number', async () => {
		const put = (index: string, bytes: Uint8Array) =>
			hana.request('PUT', `${at('web')}/chunks/${index}?sha256=${'c'.repeat(64)}`, bytes);
		expect((await put('0', new Uint8Array(CHUNK_BYTES + 1))).status).toBe(413);
		expect((await put('0', new Uint8Array())).status).toBe(422);
		expect((await put('-1', new Uint8Array(1))).status).toBe(422);
		expect((await put('..%2f..%2fx', new Uint8Array(1))).status).toBe(422);
	});
	it('refuses what does not have its hash, and takes the right bytes afterwards', async () => {
		const thumb = await sharp(original).resize(400).webp().toBuffer();
		const { sha256: hash } = offerOf(thumb);
		const wrong = Uint8Array.from(thumb, (byte, i) => (i === 50 ? byte ^ 1 : byte));
		await hana.request('PUT', `${at('thumb')}/chunks/0?sha256=${hash}`, wrong);
		const answer = await hana.request('POST', `${at('thumb')}/commit`, offerOf(thumb));
		expect(answer.status).toBe(422);
		expect((await send('thumb', thumb)).status).toBe(200);
	});
	it.each([
		['another model', () => writeSidecar({ model: 'other', faces: [] }, 128)],
		['random bytes', () => new Uint8Array(100).fill(7)]
	])('refuses a sidecar of %s', async (_, make) => {
		expect((await send('faces', make())).status).toBe(422);
	});
	it('takes a sound sidecar and counts its faces', async () => {
		const face = {
			box: { x: 0.2, y: 0.2, width: 0.1, height: 0.1 },
			landmarks: Array<number>(12).fill(0.2),
			score: 0.9,
			quality: 0.8,
			embedding: new Float32Array(128).fill(0.12)
		};
		expect(
			(await send('faces', writeSidecar({ model: defaultEmbedder.id, faces: [face, face] }, 128)))
				.status
		).toBe(200);
		const { photos } = await hana.json<{ photos: { faces: number }[] }>(
			'GET',
			`/api/workspaces/${hana.workspace}/events/${event}/photos`
		);
		expect(photos[0]!.faces).toBe(2);
	});
	it('takes no file of a viewer', async () => {
		const viewer = await addPerson(server, hana.workspace, 'viewer');
		expect(
			(await viewer.request('POST', `${at('web')}/offer`, { sha256: 'd'.repeat(64), size: 5 }))
				.status
		).toBe(403);
	});
	it('reported no unexpected failure', () => {
		expect(server.reports).toEqual([]);
	});
});
