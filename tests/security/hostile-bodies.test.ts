// Hostile pages and bodies, numbered as in the list of hostile cases (C): what a browser is made to send, and what no
// database holds.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
	type Session,
	makeEvent,
	openStockClient,
	photoFacts,
	setUp,
	until
} from '../support/client.ts';
import { addPerson, signIn } from '../support/people.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

let server: TestServer;
let hana: Session;
let base: string;
let event: string;
beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	base = `/api/workspaces/${hana.workspace}`;
	event = await makeEvent(hana);
}, 60_000);
afterAll(async () => {
	await server.stop();
	expect(server.reports).toEqual([]);
});

const codeOf = async (response: Response) =>
	response.status < 400 ? null : ((await response.json()) as { code: string }).code;
describe('C: browser and bodies', () => {
	it('33, 34: another site changes nothing and reads nothing', async () => {
		for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
			const cross = await hana.request(
				'POST',
				'/api/workspaces',
				{ name: 'x', slug: 'xy' },
				{ 'content-type': type, origin: 'https://evil.example' }
			);
			expect(cross.status).toBe(403);
			const sent = await hana.request(
				'POST',
				'/api/workspaces',
				{ name: 'x', slug: 'xy' },
				{ 'content-type': type }
			);
			expect(sent.status).toBe(415);
		}
		const host = new URL(server.url).host;
		for (const origin of ['null', `http://${host}.evil.example`, `https://evil.${host}`]) {
			const { headers } = await hana.request('GET', '/api/auth/me', undefined, { origin });
			expect(headers.get('access-control-allow-origin')).toBeNull();
			expect(headers.get('access-control-allow-credentials')).toBeNull();
		}
	});
	it('36: a socket from a foreign page is refused at the handshake', async () => {
		for (const origin of ['https://evil.example', 'null']) {
			const socket = new WebSocket(
				`${server.url.replace('http', 'ws')}/sync/workspace/${hana.workspace}`,
				{ headers: { cookie: hana.cookie, origin } }
			);
			const status = await new Promise((done) => {
				socket.on('unexpected-response', (_, response) => done(response.statusCode));
				socket.on('open', () => done('open'));
				socket.on('error', () => undefined);
			});
			socket.terminate();
			expect(status, origin).toBe(403);
		}
	});
	it('38: a name is a name, in letters too', async () => {
		const name = '<script>alert(1)</script>" http-equiv=refresh';
		await hana.json('PUT', base, { name });
		await hana.json('POST', `${base}/invitations`, { email: 'inert@example.com', role: 'viewer' });
		await hana.json('PUT', base, { name: 'Studio Abeba' });
		const mail = join(server.dataDir, 'mail');
		await until('the letter', () => existsSync(mail) && readdirSync(mail).length > 0);
		const letters = readdirSync(mail).map((file) => readFileSync(join(mail, file), 'utf8'));
		const letter = letters.find((text) => text.includes('inert@example.com'))!;
		const html = letter
			.slice(letter.indexOf('text/html'))
			.replaceAll(/=\r?\n/g, '')
			.replaceAll('=3D', '=');
		expect(html).not.toContain('<script>');
	});
	it.each(['\u0000', 'a\u0000b', '\ud800', 'x\udc00y'])(
		'no text that a database cannot hold comes in: %j',
		async (text) => {
			expect(await codeOf(await hana.request('POST', `${base}/projects`, { name: text }))).toBe(
				'invalid'
			);
			const settings = { note: text };
			expect(await codeOf(await hana.request('PUT', base, { settings }))).toBe('invalid');
			const keyed = { settings: { [text]: 1 } };
			expect(await codeOf(await hana.request('PUT', base, keyed))).toBe('invalid');
			const search = await hana.request('GET', `${base}/audit?search=a%00`);
			expect(search.status).toBe(422);
		}
	);
	it('and none through a document, where it would stop the room for all', async () => {
		const sara = await addPerson(server, hana.workspace, 'editor');
		const document = `event/${event}`;
		const client = openStockClient(server.url, sara.cookie, document, { aura: true });
		await client.synced;
		const facts = photoFacts(sara.userId);
		const id = facts.sha256.slice(0, 32);
		client.doc.getMap('photos').set(id, facts);
		client.doc.getMap('marks').set(`${id}/caption`, 'a\u0000b');
		client.doc.getMap('marks').set(`${id}\u0000/caption`, 'x');
		const early = photoFacts(sara.userId, { takenAt: '0000-01-01T00:00:00' });
		client.doc.getMap('photos').set(early.sha256.slice(0, 32), early);
		client.doc.getMap('marks').set(`${id}/rating`, 4);
		await until('saved', () => (client.saved().get(client.doc.clientID) ?? 0) >= 5);
		const { photos } = await hana.json<{ photos: { id: string; rating: number }[] }>(
			'GET',
			`${base}/events/${event}/photos`
		);
		expect(photos).toMatchObject([{ id, rating: 4 }]);
		const refused = await server.database.tenant(hana.workspace, (queries) =>
			queries.query(`select refusals from document_refusals where workspace_id = $1`, [
				hana.workspace
			])
		);
		expect(refused.length).toBeGreaterThan(0);
		client.destroy();
		const fresh = openStockClient(server.url, hana.cookie, document);
		await fresh.synced;
		expect(fresh.doc.getMap('marks').get(`${id}/rating`)).toBe(4);
		fresh.destroy();
	});
	it('numbers beyond sense are refused', async () => {
		for (const days of ['-1', '1e9', 'NaN', '7.5', ''])
			expect((await hana.request('GET', `${base}/stats?days=${days}`)).status, days).toBe(422);
		const cost = { day: '0000-01-01', usd: 1, what: 'x' };
		expect((await hana.request('POST', `${base}/costs`, cost)).status).toBe(422);
		const dated = { name: 'x', date: '0000-12-31' };
		expect((await hana.request('POST', `${base}/projects`, dated)).status).toBe(422);
		for (const usd of [1e308, -1, 0, 'x', null])
			expect(
				(await hana.request('POST', `${base}/costs`, { day: '2026-01-19', usd, what: 'x' })).status
			).toBe(422);
	});
	it('a packed body is not unpacked', async () => {
		const bomb = gzipSync(Buffer.alloc(4 * 1024 * 1024, 32));
		expect(bomb.length).toBeLessThan(10_000);
		const packed = await fetch(`${server.url}/api/workspaces`, {
			method: 'POST',
			headers: {
				cookie: hana.cookie,
				'content-type': 'application/json',
				'content-encoding': 'gzip'
			},
			body: bomb as BodyInit
		});
		expect(packed.status).toBe(415);
	});
	it('a body that never comes is not waited for', async () => {
		const impatient = await startTestServer({ requestTimeout: 400 });
		try {
			const { port } = new URL(impatient.url);
			const socket = connect(Number(port), '127.0.0.1');
			let answer = '';
			socket.on('data', (chunk) => (answer += String(chunk)));
			socket.on('error', () => undefined);
			const closed = new Promise((done) => socket.on('close', done));
			socket.write(
				'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{'
			);
			await closed;
			expect(answer).toMatch(/^HTTP\/1\.1 408/);
			expect((await fetch(`${impatient.url}/api/health`)).status).toBe(200);
		} finally {
			await impatient.stop();
		}
	}, 20_000);
	it('signs in afterwards as before', async () => {
		const sara = await addPerson(server, hana.workspace, 'viewer');
		const { user } = await sara.json<{ user: { email: string } }>('GET', '/api/auth/me');
		expect((await signIn(server, user.email, hana.workspace)).cookie).toContain('aura_session=');
	});
});
