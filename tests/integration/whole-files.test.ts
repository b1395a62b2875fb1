// A file that comes in one request is placed as it came; whatever goes wrong with it is noticed and mended.
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MAX_CHUNKS_BYTES, base64Of, writeManifest } from '#shared/files/manifest.ts';
import type { Project } from '#shared/projects/project.ts';
import { createFileService } from '../../server/features/files/service.ts';
import { createQuota } from '../../server/features/usage/quota.ts';
import { type Session, makeEvent, setUp } from '../support/client.ts';
import { padded } from '../support/noise.ts';
import { samplePhoto } from '../support/paths.ts';
import { type TestServer, startTestServer } from '../support/server.ts';
import {
	type Content,
	askUploads,
	commitFile,
	cutIntoChunks,
	frameOf,
	hashOf,
	isEqual,
	offerBody,
	offerFile,
	offerOf,
	putFrames,
	readStored,
	sendFile
} from '../support/upload.ts';

let server: TestServer;
let hana: Session;
let event: string;
let project: Project;

const sample = new Uint8Array(readFileSync(samplePhoto(1)));
const unique = (size: number, seed: number) => padded(sample, size, seed);
const originalOf = (bytes: Uint8Array<ArrayBuffer>): Content => ({
	event,
	photo: hashOf(bytes).slice(0, 32),
	kind: 'original',
	bytes
});

beforeAll(async () => {
	server = await startTestServer();
	await server.renditions.stop();
	hana = await setUp(server);
	event = await makeEvent(hana);
	project = await hana.json('GET', `/api/workspaces/${hana.workspace}/projects/${event}`);
});
afterAll(() => server.stop());

const offer = (content: Content) => offerFile(hana, content);
const commit = (content: Content) => commitFile(hana, content);
const put = (body: Uint8Array<ArrayBuffer>) => putFrames(hana, body);
const read = (content: Content) => readStored(hana, content);
const stagedFiles = () => server.storage.list(`uploads/${hana.workspace}`);

describe('a file that comes in one request', () => {
	const framesOf = async ({ bytes }: Content) => {
		let at = 0;
		const frames = (await cutIntoChunks(bytes)).map(({ length }, index) => {
			const header = { sha256: hashOf(bytes), index, offset: 0, length };
			return frameOf(header, bytes.slice(at, (at += length)));
		});
		return new Uint8Array(Buffer.concat(frames));
	};
	const stagedHashes = () =>
		server.database.tenant(hana.workspace, (queries) =>
			queries.query<{ hash: string; length: number }>(`select hash, length from staged_chunks`)
		);
	/** Another process on the same database and storage. */
	const commitElsewhere = async ({ photo, kind, bytes }: Content) => {
		const { database, storage } = server;
		const ignore = () => undefined;
		const quota = createQuota(database);
		const elsewhere = createFileService(database, storage, () => Promise.resolve(), quota, ignore);
		const sending = {
			workspace: hana.workspace,
			person: hana.userId,
			reach: 'all' as const,
			eventOf: () => Promise.resolve(project)
		};
		const file = { event, photo, kind, sha256: hashOf(bytes), size: bytes.length };
		const [state] = (await elsewhere.commit(sending, [file])).files;
		return state!;
	};
	/** A network that goes away in the middle of a request. */
	const cutOff = (frames: Uint8Array, length: number) =>
		new Promise<undefined>((resolve) => {
			const path = `/api/workspaces/${hana.workspace}/uploads/chunks?sender=test-sender`;
			const headers = { cookie: hana.cookie, 'content-length': String(frames.length) };
			const asked = request(`${server.url}${path}`, { method: 'PUT', headers });
			asked.on('error', () => resolve(undefined));
			asked.write(frames.subarray(0, length), () => setTimeout(() => asked.destroy(), 50));
		});
	it('stays as it came: it is not written again', async () => {
		const content = originalOf(unique(1_500_000, 31));
		const before = (await stagedHashes()).length;
		await offer(content);
		expect((await put(await framesOf(content))).status).toBe(200);
		// one piece, whatever it was cut into
		expect(await stagedHashes()).toHaveLength(before + 1);
		expect(await offer(content)).toEqual({ stored: false, missing: [] });
		const written = vi.spyOn(server.storage, 'put');
		const copied = vi.spyOn(server.storage, 'copy');
		expect(await commit(content)).toEqual({ stored: true, missing: [] });
		expect(written).not.toHaveBeenCalled();
		expect(copied).toHaveBeenCalledOnce();
		vi.restoreAllMocks();
		expect(isEqual(await read(content), content.bytes)).toBe(true);
		expect(await stagedHashes()).toHaveLength(before);
	});
	it('is asked for again where it was damaged as it lay, cut off, or lost', async () => {
		for (const [n, damage] of (['rotten', 'cut', 'lost'] as const).entries()) {
			const content = originalOf(unique(1_500_000, 32 + 10 * n));
			const before = new Set(await stagedFiles());
			await offer(content);
			await put(await framesOf(content));
			const [name] = (await stagedFiles()).filter((each) => !before.has(each));
			const path = `uploads/${hana.workspace}/${name!}`;
			const rotten = Uint8Array.from(content.bytes).fill(0, 1_400_000);
			if (damage === 'lost') await server.storage.remove(path);
			else
				await server.storage.put(path, [
					damage === 'rotten' ? rotten : content.bytes.slice(0, 1_400_000)
				]);
			// what another process took is not believed
			const { stored, missing } = await (damage === 'rotten' ? commitElsewhere : commit)(content);
			expect(stored).toBe(false);
			expect(missing.length).toBeGreaterThan(0);
			expect(await sendFile(hana, content)).toBe(null);
			expect(isEqual(await read(content), content.bytes)).toBe(true);
		}
	});
	it('keeps what is right of one that is damaged, cut off, or in another order on its way', async () => {
		for (const [n, way] of (['damaged', 'cut', 'turned'] as const).entries()) {
			const content = originalOf(unique(1_500_000, 70 + n));
			await offer(content);
			const frames = await framesOf(content);
			const chunks = await cutIntoChunks(content.bytes);
			const middle = 44 * 3 + chunks[0]!.length + chunks[1]!.length;
			if (way === 'damaged') frames[middle + 5]! ^= 1;
			const turned = Buffer.concat([frames.subarray(middle - 44), frames.subarray(0, middle - 44)]);
			const body =
				way === 'cut'
					? cutOff(frames, middle + 5)
					: put(way === 'turned' ? new Uint8Array(turned) : frames);
			expect((await body)?.status).toBe({ damaged: 422, cut: undefined, turned: 200 }[way]);
			const lacks = {
				damaged: [[2, 0]],
				cut: chunks.map((_, i) => [i, i === 2 ? 5 : 0]).slice(2),
				turned: []
			};
			await vi.waitFor(async () => expect((await offer(content)).missing).toEqual(lacks[way]));
			expect(await sendFile(hana, content)).toBe(null);
			expect(isEqual(await read(content), content.bytes)).toBe(true);
		}
	});
	it('builds nothing wrong on one whose list of pieces was a lie', async () => {
		const truth = unique(1_500_000, 80);
		const theirs = unique(1_500_000, 81);
		// pieces are said to be those of another file, of which nothing is here
		const told = await cutIntoChunks(truth);
		const all = theirs.slice(
			0,
			told.reduce((sum, { length }) => sum + length, 0)
		);
		const liar = originalOf(all);
		const lie = { ...(await offerOf(liar)), chunks: base64Of(writeManifest(told)) };
		await askUploads(hana, 'offer', offerBody(lie));
		let at = 0;
		const frames = told.map(({ length }, index) =>
			frameOf({ sha256: hashOf(all), index, offset: 0, length }, all.slice(at, (at += length)))
		);
		await put(new Uint8Array(Buffer.concat(frames)));
		await commit(liar);
		const changed = Uint8Array.from(truth);
		changed[sample.length + 5]! ^= 1;
		expect(await sendFile(hana, originalOf(changed))).toBe(null);
		expect(isEqual(await read(originalOf(changed)), changed)).toBe(true);
	});
	it('gives nothing to whoever names its hash over other pieces', async () => {
		const content = originalOf(unique(1_500_000, 34));
		await offer(content);
		await put(await framesOf(content));
		const others = originalOf(unique(1_500_000, 35));
		const lie = {
			...(await offerOf(others)),
			sha256: hashOf(content.bytes),
			photo: content.photo
		};
		const answer = await askUploads(hana, 'offer', offerBody(lie));
		expect(answer.missing.length).toBeGreaterThan(1);
		// who tells the truth has it still
		expect(await offer(content)).toEqual({ stored: false, missing: [] });
		expect(await commit(content)).toEqual({ stored: true, missing: [] });
	});
	it('is refused before its end when it is larger than a request may be', async () => {
		const path = `/api/workspaces/${hana.workspace}/uploads/chunks?sender=test-sender`;
		const headers = { 'content-length': String(MAX_CHUNKS_BYTES + 1) };
		const answer = await new Promise<number>((resolve, reject) => {
			const asked = request(
				`${server.url}${path}`,
				{ method: 'PUT', headers: { ...headers, cookie: hana.cookie } },
				(response) => resolve(response.statusCode!)
			);
			asked.on('error', reject);
			asked.flushHeaders();
		});
		expect(answer).toBe(413);
	});
});
