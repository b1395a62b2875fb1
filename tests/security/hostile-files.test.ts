// Hostile requests and files, numbered as in the list of hostile cases (E and F): what parsers and decoders are made to
// choke on. Cases that other suites have are not repeated here: 60 (hostile-bodies), 63 (repeats), 70 and 75 to 77
// (refused-files, files). There is nothing yet that fetches addresses (62) or scans for viruses (74).
import { type Socket, connect } from 'node:net';
import { deflateRawSync, deflateSync } from 'node:zlib';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { ZipFile } from 'yazl';
import { restoreArchive } from '../../server/features/exports/restore.ts';
import {
	type Session,
	type StockClient,
	makeEvent,
	openStockClient,
	photoFacts,
	setUp,
	until
} from '../support/client.ts';
import { type TestServer, startTestServer } from '../support/server.ts';
import { addressOfFile, hashOf, sendFile } from '../support/upload.ts';

let server: TestServer;
let hana: Session;
let base: string;
let event: string;
let client: StockClient;
beforeAll(async () => {
	server = await startTestServer({ requestTimeout: 2_000 });
	hana = await setUp(server);
	base = `/api/workspaces/${hana.workspace}`;
	event = await makeEvent(hana);
	client = openStockClient(server.url, hana.cookie, `event/${event}`);
	await client.synced;
}, 60_000);
afterAll(async () => {
	client.destroy();
	await server.stop();
	expect(server.reports).toEqual([]);
});

const port = () => Number(new URL(server.url).port);
/** Sends bytes as they are. @returns what was answered until the connection ended */
function raw(text: string | Buffer, more?: (socket: Socket) => void): Promise<string> {
	return new Promise((resolve) => {
		const socket = connect(port(), '127.0.0.1');
		let answer = '';
		socket.on('data', (chunk) => (answer += String(chunk)));
		socket.on('error', () => undefined);
		socket.on('close', () => resolve(answer));
		socket.write(text);
		more?.(socket);
	});
}
const statusIn = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
const lives = async () => (await fetch(`${server.url}/api/health`)).status === 200;

describe('E: parsing and resources', () => {
	it('52: what says, or turns out, to be too long is refused before it is there', async () => {
		const head = (rest: string) =>
			`POST /api/workspaces HTTP/1.1\r\nHost: localhost:${port()}\r\nCookie: ${hana.cookie}\r\nContent-Type: application/json\r\n${rest}\r\n\r\n`;
		expect(statusIn(await raw(head('Content-Length: 1000000000')))).toBe(413);
		let written = 0;
		const answer = await raw(head('Transfer-Encoding: chunked'), (socket) => {
			const part = `10000\r\n${'x'.repeat(65_536)}\r\n`;
			const write = () => {
				while (!socket.destroyed && written < 1e9) {
					written += 65_536;
					if (!socket.write(part)) return void socket.once('drain', write);
				}
			};
			write();
		});
		expect(statusIn(answer)).toBe(413);
		expect(written).toBeLessThan(100e6);
		expect(await lives()).toBe(true);
	}, 30_000);
	it('53: hundreds who send their headers slowly are let go, and others are served meanwhile', async () => {
		const slow = Array.from({ length: 300 }, () => raw('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '));
		for (let n = 0; n < 10; n++) expect(await lives()).toBe(true);
		const answers = await Promise.all(slow);
		for (const answer of answers) expect([408, NaN]).toContain(statusIn(answer));
	}, 60_000);
	it('54: what two readers would read differently is refused', async () => {
		const host = `Host: localhost:${port()}`;
		for (const text of [
			`POST /api/auth/login HTTP/1.1\r\n${host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
			`GET /api/health HTTP/1.1\r\n${host}\r\nHost: other\r\nConnection: close\r\n\r\n`,
			`GET /api/health HTTP/1.1\n${host}\nConnection: close\n\n`,
			`GET /api/health HTTP/1.1\r\n${host}\r\n Folded: x\r\nConnection: close\r\n\r\n`
		])
			expect(statusIn(await raw(text)), JSON.stringify(text)).toBe(400);
	});
	it('55, 56: JSON that is deep, wide, broken, or reaches for prototypes', async () => {
		const post = (body: string | Uint8Array) =>
			fetch(`${server.url}${base}/projects`, {
				method: 'POST',
				headers: { cookie: hana.cookie, 'content-type': 'application/json' },
				body: body as BodyInit
			});
		const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`k${n}`, n]));
		for (const body of [
			'['.repeat(10_000) + ']'.repeat(10_000),
			`{"metadata":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)},"name":"x"}`,
			JSON.stringify({ name: 'x', metadata: wide }),
			'{"name":"x",',
			'{"name":1e999}',
			Uint8Array.from([0x7b, 0x22, 0x6e, 0x61, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
			'{"__proto__":{"isAdmin":true},"name":"x"}',
			'{"constructor":{"prototype":{"isAdmin":true}},"name":"x"}',
			'{"name":"x","metadata":{"__proto__":{"isAdmin":true}}}'
		]) {
			const { status } = await post(body);
			expect([400, 413, 422], String(body).slice(0, 60)).toContain(status);
		}
		expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
		expect(await lives()).toBe(true);
	});
	it('57, 58: what means something to a database or an expression is text', async () => {
		for (const name of [
			`'; drop table photos; --`,
			`%' or 1=1 --`,
			`\\'; select pg_sleep(10); --`,
			`{"$ne":null}`,
			`$1 :x ?`
		]) {
			const made = await hana.json<{ name: string }>('POST', `${base}/projects`, { name });
			expect(made.name).toBe(name);
			const { entries } = await hana.json<{ entries: unknown[] }>(
				'GET',
				`${base}/audit?search=${encodeURIComponent(name)}`
			);
			expect(entries).toEqual([]);
		}
		// each would take an expression that tries all ways longer than this test may
		const long = 'a'.repeat(50_000);
		for (const [field, value] of [
			['slug', `${'a-'.repeat(25_000)}!`],
			['slug', `${long}!`]
		] as const)
			expect(
				(await hana.request('POST', `${base}/projects`, { name: 'x', [field]: value })).status
			).toBe(422);
		for (const email of [`${long}@`, `a@${'a.'.repeat(20_000)}`, `${'a'.repeat(30_000)}!@b.c`])
			expect(
				(await hana.request('POST', `${base}/invitations`, { email, role: 'viewer' })).status
			).toBe(422);
	}, 20_000);
	it('59: places in a list that are none', async () => {
		for (const before of ['-1', '0', '1e9', 'NaN', '1;2', '9'.repeat(30), '../1'])
			expect([200, 422], before).toContain(
				(await hana.request('GET', `${base}/audit?before=${encodeURIComponent(before)}`)).status
			);
		for (const before of ['-1', 'NaN', '1;2', '../1'])
			expect(
				(await hana.request('GET', `${base}/audit?before=${encodeURIComponent(before)}`)).status
			).toBe(422);
	});
});

/** Facts and original of a photo, as a device brings them. */
async function bring(name: string, bytes: Uint8Array<ArrayBuffer>, type = 'image/jpeg') {
	const sha256 = hashOf(bytes);
	const photo = sha256.slice(0, 32);
	const facts = photoFacts(hana.userId, { sha256, size: bytes.length, name, type });
	client.doc.getMap('photos').set(photo, facts);
	await until('the server knows it', async () => {
		const { photos } = await hana.json<{ photos: { id: string }[] }>(
			'GET',
			`${base}/events/${event}/photos`
		);
		return photos.some(({ id }) => id === photo);
	});
	const content = { event, photo, kind: 'original' as const, bytes };
	return { content, code: await sendFile(hana, content) };
}
const picture = async (shade: number, format: 'jpeg' | 'png' = 'jpeg') =>
	new Uint8Array(
		await sharp({
			create: { width: 64, height: 48, channels: 3, background: { r: shade, g: 9, b: 99 } }
		})
			.toFormat(format)
			.toBuffer()
	);

/** A PNG that says it is so large, and has next to nothing in it. */
function pngOf(width: number, height: number): Uint8Array<ArrayBuffer> {
	const crcOf = (bytes: Buffer) => {
		let crc = ~0;
		for (const byte of bytes) {
			crc ^= byte;
			for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
		}
		return ~crc >>> 0;
	};
	const chunk = (type: string, data: Buffer) => {
		const body = Buffer.concat([Buffer.from(type), data]);
		const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
		length.writeUInt32BE(data.length);
		crc.writeUInt32BE(crcOf(body));
		return Buffer.concat([length, body, crc]);
	};
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header.set([8, 0, 0, 0, 0], 8);
	const rows = deflateSync(Buffer.alloc(20_000_000), { level: 9 });
	return new Uint8Array(
		Buffer.concat([
			Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
			chunk('IHDR', header),
			chunk('IDAT', rows),
			chunk('IEND', Buffer.alloc(0))
		])
	);
}

describe('F: files, pictures, archives', () => {
	it('64 to 68: whatever a file is called, it is stored by its id and downloaded under a clean name', async () => {
		const names = [
			...['../../etc/passwd.jpg', '/etc/x.jpg', '..\\..\\x.jpg', 'C:\\x.jpg', '\\\\host\\x.jpg'],
			...['%2e%2e%2fx.jpg', 'CON', 'NUL.jpg', 'COM1.jpg', 'x.jpg. ', 'a:b.jpg'],
			...['IMG.jpg', 'img.JPG', 'caf\u00e9.jpg', 'cafe\u0301.jpg'],
			...['x\u202egpj.exe', 'a\u200bb.jpg', `${'n'.repeat(251)}.jpg`],
			...['a"b\r\nX-Evil: 1.jpg', 'ሰላም.jpg', '😀.jpg']
		];
		const paths = new Set<string>();
		for (const [n, name] of names.entries()) {
			const { content, code } = await bring(name, await picture(n * 11));
			expect(code, name).toBeNull();
			const response = await hana.request('GET', addressOfFile(hana, content));
			expect(response.status).toBe(200);
			expect(response.headers.get('x-evil')).toBeNull();
			expect(response.headers.get('x-content-type-options')).toBe('nosniff');
			const disposition = response.headers.get('content-disposition')!;
			expect(disposition).toMatch(/^attachment; filename="[ -!#-~]*"; filename\*=UTF-8''[!#-~]*$/);
			const given = decodeURIComponent(disposition.split("UTF-8''")[1]!);
			// eslint-disable-next-line no-control-regex -- these are what must not be there
			expect(given).not.toMatch(/[/\\:\u0000-\u001f\u200b\u202a-\u202e]|^\.\.|[. ]$/);
			expect(given).not.toMatch(/^(CON|NUL|COM1)(\.|$)/i);
		}
		for await (const { path } of server.storage.walk('files')) {
			expect(path).toMatch(/^files\/[\w./-]+$/);
			paths.add(path.toLowerCase());
		}
		expect(paths.size).toBeGreaterThanOrEqual(names.length);
	}, 60_000);
	it('66, 67: a name that is too long is refused where it is written', async () => {
		const photo = 'f'.repeat(32);
		const facts = photoFacts(hana.userId, { name: 'n'.repeat(4_096), sha256: photo + photo });
		const other = openStockClient(server.url, hana.cookie, `event/${event}`, { aura: true });
		await other.synced;
		other.doc.getMap('photos').set(photo, facts);
		await until('an answer', () => (other.saved().get(other.doc.clientID) ?? 0) >= 1);
		other.destroy();
		const fresh = openStockClient(server.url, hana.cookie, `event/${event}`);
		await fresh.synced;
		expect(fresh.doc.getMap('photos').get(photo) ?? null).toBeNull();
		fresh.destroy();
	});
	it('69: a picture that says it is enormous is refused by its header', async () => {
		const before = process.memoryUsage().rss;
		const { content, code } = await bring('bomb.png', pngOf(30_000, 30_000), 'image/png');
		expect(code).toBe('too_large');
		await server.renditions.sweep(hana.workspace);
		const response = await hana.request('GET', addressOfFile(hana, { ...content, kind: 'thumb' }));
		expect(response.status).toBe(404);
		expect(process.memoryUsage().rss - before).toBeLessThan(512e6);
		expect(await lives()).toBe(true);
	}, 30_000);
	it('71: loaders that nobody asks for do not load', async () => {
		const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
		const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
		const tiff = Buffer.from('49492a0008000000', 'hex');
		for (const bytes of [gif, svg, tiff]) await expect(sharp(bytes).metadata()).rejects.toThrow();
	});
	it('73: an archive whose entries lead elsewhere, lie, or unfold without end leaves nothing behind', async () => {
		const folder = mkdtempSync(join(tmpdir(), 'aura-zip-'));
		const other = await startTestServer();
		const zipOf = async (entries: [name: string, bytes: Buffer][]): Promise<string> => {
			const zip = new ZipFile();
			for (const [name, bytes] of entries) zip.addBuffer(bytes, name);
			zip.end();
			const parts: Buffer[] = [];
			for await (const part of zip.outputStream) parts.push(part as Buffer);
			const file = join(folder, 'archive.zip');
			writeFileSync(file, Buffer.concat(parts));
			return file;
		};
		const manifest = (entries: object[]) =>
			Buffer.from(
				JSON.stringify({
					version: 1,
					workspace: { id: hana.workspace, name: 'x', slug: 'x', plan: 'free', settings: {} },
					entries,
					missing: []
				})
			);
		const bomb = Buffer.alloc(50_000_000);
		try {
			for (const [why, ...entries] of [
				// one that lists a file which is not in it
				[
					/is missing/,
					['manifest.json', manifest([{ path: 'tables/assets.ndjson', size: 1, sha256: 'x' }])]
				],
				// one whose table leads out of its folder
				[
					/no place of this workspace/,
					['manifest.json', manifest([])],
					[
						'tables/assets.ndjson',
						Buffer.from(JSON.stringify({ id: 'x', path: '../../x', sha256: 'x', size: 1 }))
					]
				],
				[/JSON/, ['manifest.json', bomb]],
				[/JSON/, ['manifest.json', deflateRawSync(bomb)]]
			] as [RegExp, ...[string, Buffer][]][]) {
				const file = await zipOf(entries);
				await expect(restoreArchive(other.database, other.storage, file)).rejects.toThrow(why);
			}
			// names that a ZIP may not have are refused before anything is read
			const evil = await zipOf([['aaaaaa/evil', Buffer.from('x')]]);
			const bytes = Buffer.from(await import('node:fs').then((fs) => fs.readFileSync(evil)));
			for (let at = bytes.indexOf('aaaaaa/evil'); at >= 0; at = bytes.indexOf('aaaaaa/evil'))
				bytes.write('../../evil!', at);
			writeFileSync(evil, bytes);
			await expect(restoreArchive(other.database, other.storage, evil)).rejects.toThrow(
				/invalid relative path/
			);
			expect(await other.database.query(`select 1 from workspaces`)).toEqual([]);
			expect(await other.storage.list('files')).toEqual([]);
		} finally {
			await other.stop();
			rmSync(folder, { recursive: true, force: true });
		}
	}, 60_000);
});
