import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { testS3 } from '../support/s3.ts';
import { diskStorage } from '../../server/storage/disk.ts';
import { s3Storage } from '../../server/storage/s3.ts';
import type { Storage } from '../../server/storage/storage.ts';

const folder = mkdtempSync(join(tmpdir(), 'aura-storage-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const s3 = testS3();
const storages: [string, () => Promise<Storage>][] = [
	['disk', async () => diskStorage(folder)],
	...(s3
		? [
				[
					'S3',
					async () => {
						const storage = s3Storage(s3);
						await storage.prepare();
						// a second process finds what the first made
						await storage.prepare();
						return storage;
					}
				] as [string, () => Promise<Storage>]
			]
		: [])
];

const MB = 1024 ** 2;
async function* pieces(count: number, fails = false): AsyncGenerator<Uint8Array> {
	for (let index = 0; index < count; index++) yield new Uint8Array(MB).fill(index);
	if (fails) throw new Error('the sender went away');
}
async function bytesOf(storage: Storage, path: string, range?: { start: number; end: number }) {
	const found = await storage.get(path, range);
	if (!found) return null;
	const bytes = new Uint8Array(await new Response(found.stream).arrayBuffer());
	expect(found.length).toBe(bytes.length);
	return bytes;
}
const text = (value: string) => [new TextEncoder().encode(value)];

describe.each(storages)('Storage on %s', (_name, open) => {
	it('keeps a file of any size, and gives it back whole or in part', async () => {
		const storage = await open();
		await storage.put('a/empty', []);
		await storage.put('a/small', text('hello'));
		await storage.put('a/large', pieces(20));
		expect(await bytesOf(storage, 'a/empty')).toHaveLength(0);
		expect(await bytesOf(storage, 'a/small')).toEqual(text('hello')[0]);
		const large = await bytesOf(storage, 'a/large');
		expect(large).toHaveLength(20 * MB);
		for (const at of [0, MB - 1, MB, 8 * MB, 20 * MB - 1])
			expect(large![at]).toBe(Math.floor(at / MB));
		expect(await bytesOf(storage, 'a/large', { start: MB - 1, end: MB + 1 })).toEqual(
			new Uint8Array([0, 1, 1])
		);
		expect(await bytesOf(storage, 'a/small', { start: 3, end: 99 })).toEqual(text('lo')[0]);
		expect(await bytesOf(storage, 'a/small', { start: 9, end: 12 })).toHaveLength(0);
	});

	it('has nothing of a file whose sender broke off, and keeps what was there before', async () => {
		const storage = await open();
		await storage.put('b/kept', text('before'));
		for (const count of [0, 3, 20]) {
			await expect(storage.put('b/none', pieces(count, true))).rejects.toThrow('went away');
			await expect(storage.put('b/kept', pieces(count, true))).rejects.toThrow('went away');
			expect(await storage.get('b/none')).toBeNull();
			expect(await bytesOf(storage, 'b/kept')).toEqual(text('before')[0]);
		}
		expect(await storage.list('b')).toEqual(['kept']);
		await storage.put('b/kept', text('after'));
		expect(await bytesOf(storage, 'b/kept')).toEqual(text('after')[0]);
	});

	it('copies what is proven to be what it should, and only that', async () => {
		const storage = await open();
		const bytes = new Uint8Array(3 * MB).fill(7);
		const sha256 = createHash('sha256').update(bytes).digest('hex');
		const proof = { size: bytes.length, sha256 };
		await storage.put('g/from ጥ+&%', [bytes]);
		expect(await storage.copy('g/from ጥ+&%', 'g/deep/to', proof)).toBe(true);
		// again, where it lies already
		expect(await storage.copy('g/from ጥ+&%', 'g/deep/to', proof)).toBe(true);
		await storage.remove('g/from ጥ+&%');
		expect(Buffer.compare((await bytesOf(storage, 'g/deep/to'))!, bytes)).toBe(0);
		expect(await storage.copy('g/deep/to', 'g/short', { ...proof, size: 3 })).toBe(false);
		expect(await storage.copy('g/deep/to', 'g/other', { ...proof, sha256: 'ab' })).toBe(false);
		expect(await storage.copy('g/none', 'g/nothing', proof)).toBe(false);
		expect(await storage.list('g')).toEqual(['deep']);
		// whoever wrote it knows what it is, if only it is all there
		const { size } = proof;
		expect(await storage.copy('g/deep/to', 'g/known', { size })).toBe(true);
		expect(Buffer.compare((await bytesOf(storage, 'g/known'))!, bytes)).toBe(0);
		expect(await storage.copy('g/deep/to', 'g/longer', { size: size + 1 })).toBe(false);
		expect(await storage.copy('g/none', 'g/nothing', { size })).toBe(false);
		expect((await storage.list('g')).toSorted()).toEqual(['deep', 'known']);
	});

	it('says nothing of what is not there', async () => {
		const storage = await open();
		expect(await storage.get('c/none')).toBeNull();
		expect(await storage.get('c/none', { start: 0, end: 3 })).toBeNull();
		expect(await storage.list('c')).toEqual([]);
		for await (const file of storage.walk('c')) expect(file).toBeUndefined();
		await storage.remove('c/none');
		await storage.removeFolder('c');
	});

	it('lists what lies in a folder, and removes files and folders, not their namesakes', async () => {
		const storage = await open();
		for (const path of ['d/x/1', 'd/x/deep/er/2', 'd/x.jpg', 'd/xy/3', 'd2/4'])
			await storage.put(path, text(path));
		expect((await storage.list('d')).sort()).toEqual(['x', 'x.jpg', 'xy']);
		expect((await storage.list('d/x')).sort()).toEqual(['1', 'deep']);
		const walked = async (at: string) => {
			const files: string[] = [];
			for await (const { path, size, modifiedAt } of storage.walk(at)) {
				expect(size).toBe(path.length);
				expect(Math.abs(modifiedAt - Date.now())).toBeLessThan(60_000);
				files.push(path);
			}
			return files.sort();
		};
		expect(await walked('d')).toEqual(['d/x.jpg', 'd/x/1', 'd/x/deep/er/2', 'd/xy/3']);
		await storage.removeFolder('d/x');
		expect(await walked('d')).toEqual(['d/x.jpg', 'd/xy/3']);
		await storage.remove('d/x.jpg');
		expect(await walked('d')).toEqual(['d/xy/3']);
		expect(await walked('d2')).toEqual(['d2/4']);
	});

	it('lets a reader finish a file that is removed meanwhile, or replaced', async () => {
		const storage = await open();
		await storage.put('e/large', pieces(12));
		const found = await storage.get('e/large');
		const reader = found!.stream.getReader();
		let seen = (await reader.read()).value!.length;
		await storage.put('e/large', text('other'));
		await storage.remove('e/large');
		for (let part = await reader.read(); !part.done; part = await reader.read())
			seen += part.value.length;
		expect(seen).toBe(12 * MB);
	});
});

describe('Storage on disk', () => {
	it('stays in its folder', async () => {
		const storage = diskStorage(folder);
		for (const path of ['../x', 'a/../../x'])
			await expect(storage.put(path, text('x'))).rejects.toThrow('leaves the storage');
		expect(await storage.link('a', { seconds: 60, contentType: 'image/jpeg' })).toBeNull();
	});
});

describe('Storage on S3 that cannot be used', () => {
	const away = {
		endpoint: 'http://127.0.0.1:1',
		publicEndpoint: 'https://files.example.com',
		region: 'us-east-1',
		bucket: 'aura',
		accessKeyId: 'key',
		secretAccessKey: 'secret'
	};
	it('says which variables to look at when the server starts, and later that it is tried again', async () => {
		const storage = s3Storage(away);
		await expect(storage.prepare()).rejects.toThrow(/S3_BUCKET.*S3_ENDPOINT/);
		await expect(storage.get('a')).rejects.toMatchObject({ code: 'unavailable' });
		await expect(storage.put('a', text('x'))).rejects.toMatchObject({ code: 'unavailable' });
		await expect(storage.list('a')).rejects.toMatchObject({ code: 'unavailable' });
	});

	it('says so where it refuses the keys', async () => {
		// as S3 refuses a signature: a HEAD has no body that says more
		const refusing = createServer((request, response) => {
			response.writeHead(403, { 'content-type': 'application/xml' });
			response.end(
				request.method === 'HEAD'
					? undefined
					: '<?xml version="1.0" encoding="UTF-8"?><Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided.</Message></Error>'
			);
		});
		await new Promise<void>((done) => refusing.listen(0, '127.0.0.1', done));
		const { port } = refusing.address() as AddressInfo;
		const log = vi.spyOn(console, 'error').mockReturnValue();
		const storage = s3Storage({ ...away, endpoint: `http://127.0.0.1:${port}` });
		await expect(storage.prepare()).rejects.toThrow(
			/S3_BUCKET.*it refuses S3_ACCESS_KEY_ID with S3_SECRET_ACCESS_KEY/
		);
		// keys that were taken back while the server runs: nothing is said to be missing
		await expect(storage.get('a')).rejects.toMatchObject({ code: 'unavailable' });
		await expect(storage.put('a', text('x'))).rejects.toMatchObject({ code: 'unavailable' });
		await expect(storage.list('a')).rejects.toMatchObject({ code: 'unavailable' });
		expect(log).toHaveBeenCalledTimes(3);
		log.mockRestore();
		refusing.close();
	});

	it('signs links for the address that browsers use, for one file and a time', async () => {
		const link = await s3Storage(away).link('files/a b.jpg', {
			seconds: 60,
			contentType: 'image/jpeg',
			contentDisposition: 'attachment'
		});
		const { origin, pathname, searchParams } = new URL(link!);
		expect(origin + pathname).toBe('https://files.example.com/aura/files/a%20b.jpg');
		expect(searchParams.get('X-Amz-Expires')).toBe('60');
		expect(searchParams.get('response-content-type')).toBe('image/jpeg');
		expect(searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
	});
});
