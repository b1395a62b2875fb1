// What the server does not take as a file, and says so.
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { writeSidecar } from '#shared/faces/sidecar.ts';
import type { FileKind } from '#shared/files/kinds.ts';
import { base64Of, writeManifest } from '#shared/files/manifest.ts';
import {
	type Session,
	makeEvent,
	openStockClient,
	photoFacts,
	setUp,
	until
} from '../support/client.ts';
import { padded } from '../support/noise.ts';
import { samplePhoto } from '../support/paths.ts';
import { addPerson } from '../support/people.ts';
import { type TestServer, startTestServer } from '../support/server.ts';
import {
	type Content,
	askUploads,
	commitFile,
	cutIntoChunks,
	frameOf,
	hashOf,
	offerBody,
	offerFile,
	putFrames,
	sendFile
} from '../support/upload.ts';

let server: TestServer;
let hana: Session;
let event: string;

const sample = new Uint8Array(readFileSync(samplePhoto(1)));
const unique = (size: number, seed: number) => padded(sample, size, seed);
const original = unique(600_000, 98);
const sha256 = hashOf(original);
const photo = sha256.slice(0, 32);
const originalOf = (bytes: Uint8Array<ArrayBuffer>): Content => ({
	event,
	photo: hashOf(bytes).slice(0, 32),
	kind: 'original',
	bytes
});
const listed = async () => {
	const { photos } = await hana.json<{ photos: { faces: number }[] }>(
		'GET',
		`/api/workspaces/${hana.workspace}/events/${event}/photos`
	);
	return photos;
};

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	event = await makeEvent(hana);
	const client = openStockClient(server.url, hana.cookie, `event/${event}`);
	await client.synced;
	const facts = { sha256, size: original.length, name: '1.jpg' };
	client.doc.getMap('photos').set(photo, photoFacts(hana.userId, facts));
	await until('the photo', async () => (await listed()).length === 1);
	client.destroy();
});
afterAll(() => server.stop());

const offer = (content: Content) => offerFile(hana, content);
const put = (body: Uint8Array<ArrayBuffer>) => putFrames(hana, body);
const stagedFiles = () => server.storage.list(`uploads/${hana.workspace}`);

describe('bad files', () => {
	const send = (kind: FileKind, bytes: Uint8Array<ArrayBuffer>, id = photo) =>
		sendFile(hana, { event, photo: id, kind, bytes });
	const text = (of: string) => new Uint8Array(Buffer.from(of));
	it.each([
		['an SVG', text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
		['HTML', text('<!doctype html><script>alert(1)</script>')],
		['a GIF', text('GIF89a' + 'x'.repeat(100))]
	])('refuses %s as an original', async (_, bytes) => {
		expect(await send('original', bytes, hashOf(bytes).slice(0, 32))).toBe('unsupported_type');
	});
	it('refuses an original under another photo', async () => {
		expect((await offer({ ...originalOf(unique(10, 97)), photo })).problem?.code).toBe('invalid');
	});
	it('refuses a thumbnail that is no WebP, or larger than a thumbnail', async () => {
		expect(await send('thumb', original.slice(0, 500_000))).toBe('unsupported_type');
		const large = await sharp({
			create: { width: 2000, height: 2000, channels: 3, background: '#abc' }
		})
			.webp()
			.toBuffer();
		expect(await send('thumb', new Uint8Array(large))).toBe('too_large');
	});
	it.each([
		['is no piece of the file', { index: 99, offset: 0, length: 10 }],
		['is longer than its piece', { index: 0, offset: 0, length: 600_000 }],
		['begins behind the end of its piece', { index: 0, offset: 524_288, length: 10 }],
		['is empty', { index: 0, offset: 0, length: 0 }]
	])('refuses what %s', async (_, header) => {
		const content = originalOf(unique(100_000, 20));
		await offer(content);
		const frame = frameOf(
			{ sha256: hashOf(content.bytes), ...header },
			new Uint8Array(header.length)
		);
		expect((await put(frame)).status).toBe(422);
	});
	it('ignores a piece that does not go on where it ended, and keeps nothing of it', async () => {
		const content = originalOf(unique(100_000, 21));
		await offer(content);
		const header = { sha256: hashOf(content.bytes), index: 0, offset: 1_000, length: 500 };
		expect((await put(frameOf(header, new Uint8Array(500)))).status).toBe(200);
		expect((await offer(content)).missing[0]).toEqual([0, 0]);
	});
	it('refuses pieces of what was never offered', async () => {
		const header = { sha256: 'e'.repeat(64), index: 0, offset: 0, length: 10 };
		expect((await put(frameOf(header, new Uint8Array(10)))).status).toBe(404);
	});
	it('refuses pieces that are not what their hash says, and takes the right ones afterwards', async () => {
		const bytes = new Uint8Array(await sharp(sample).resize(400).webp().toBuffer());
		const content: Content = { event, photo, kind: 'thumb', bytes };
		await offer(content);
		const wrong = Uint8Array.from(bytes, (byte, i) => (i === 50 ? byte ^ 1 : byte));
		const header = { sha256: hashOf(bytes), index: 0, offset: 0, length: bytes.length };
		expect((await put(frameOf(header, wrong))).status).toBe(422);
		expect((await offer(content)).missing).toEqual([[0, 0]]);
		expect(await send('thumb', bytes)).toBe(null);
	});
	it('refuses a file that is not what its pieces make', async () => {
		const bytes = unique(800_000, 22);
		const before = await stagedFiles();
		const lie = 'f'.repeat(64);
		const chunks = await cutIntoChunks(bytes);
		const file = {
			event,
			photo: lie.slice(0, 32),
			kind: 'original',
			sha256: lie,
			size: bytes.length
		};
		await askUploads(
			hana,
			'offer',
			offerBody({ ...file, chunks: base64Of(writeManifest(chunks)) })
		);
		let start = 0;
		for (const [index, { length }] of chunks.entries()) {
			const header = { sha256: lie, index, offset: 0, length };
			await put(frameOf(header, bytes.slice(start, start + length)));
			start += length;
		}
		expect((await askUploads(hana, 'commit', { files: [file] })).problem?.code).toBe('invalid');
		expect(await stagedFiles()).toEqual(before);
	});
	it.each([
		['no pieces', []],
		['pieces of another size', [{ length: 50_000, hash: 'a'.repeat(64) }]]
	])('refuses an offer with %s', async (_, chunks) => {
		const file = {
			...{ event, photo, kind: 'original', sha256, size: original.length },
			chunks: base64Of(writeManifest(chunks))
		};
		expect((await askUploads(hana, 'offer', offerBody(file))).problem?.code).toBe('invalid');
	});
	it.each([
		['another model', () => writeSidecar({ model: 'other', faces: [] }, 128)],
		['random bytes', () => new Uint8Array(100).fill(7)]
	])('refuses a sidecar of %s', async (_, make) => {
		const content = { event, photo, kind: 'faces' as const, bytes: new Uint8Array(make()) };
		await offer(content);
		const { bytes } = content;
		await put(frameOf({ sha256: hashOf(bytes), index: 0, offset: 0, length: bytes.length }, bytes));
		expect((await commitFile(hana, content)).problem?.code).toBe('invalid');
	});
	it('takes a sound sidecar and counts its faces', async () => {
		const face = {
			box: { x: 0.2, y: 0.2, width: 0.1, height: 0.1 },
			landmarks: Array<number>(12).fill(0.2),
			score: 0.9,
			quality: 0.8,
			embedding: new Float32Array(128).fill(0.12)
		};
		const sidecar = writeSidecar({ model: defaultEmbedder.id, faces: [face, face] }, 128);
		expect(await send('faces', new Uint8Array(sidecar))).toBe(null);
		expect((await listed())[0]!.faces).toBe(2);
	});
	it('takes no file of a viewer', async () => {
		const viewer = await addPerson(server, hana.workspace, 'viewer');
		expect((await putFrames(viewer, new Uint8Array(44))).status).toBe(403);
	});
	it('reported no unexpected failure', () => {
		expect(server.reports).toEqual([]);
	});
});
