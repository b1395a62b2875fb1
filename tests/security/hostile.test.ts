// Hostile requests, numbered as in the list of hostile cases: authorisation (A) and sign-in (B).
// What the matrix, the GitHub, passkey, station and team tests show is not shown again here.
import { randomUUID } from 'node:crypto';
import { request as plainRequest } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, cookieOf, makeEvent, setUp } from '../support/client.ts';
import { addPerson, otherStudio } from '../support/people.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

let server: TestServer;
let hana: Session;
let stranger: Session;
let base: string;
let event: string;
let foreignEvent: string;
beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	stranger = await otherStudio(server);
	base = `/api/workspaces/${hana.workspace}`;
	event = await makeEvent(hana);
	foreignEvent = await makeEvent(stranger, 'Theirs');
}, 60_000);
afterAll(async () => {
	await server.stop();
	expect(server.reports).toEqual([]);
});

/** Sends a path as it is: fetch would tidy it up. */
const raw = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
	new Promise<number>((done, fail) => {
		const { port } = new URL(server.url);
		const asked = plainRequest(
			{ host: '127.0.0.1', port, path, method, headers: { cookie: hana.cookie, ...headers } },
			(response) => {
				response.resume();
				done(response.statusCode!);
			}
		);
		asked.on('error', fail);
		asked.end();
	});

describe('A: authorisation', () => {
	it('3: a foreign photo under an event of one’s own is not there', async () => {
		const photo = 'b'.repeat(32);
		await server.database.tenant(stranger.workspace, (queries) =>
			queries.query(
				`with a as (
				 	insert into assets (workspace_id, kind, cache_key, sha256, size, path)
				 	values ($1, 'thumb', 'x', 'x', 1, 'files/x') returning id
				 ) insert into photo_files (workspace_id, event_id, photo_id, kind, asset_id, created_by)
				 select $1, $2, $3, 'thumb', id, $4 from a`,
				[stranger.workspace, foreignEvent, photo, stranger.userId]
			)
		);
		const path = (eventId: string) => `${base}/events/${eventId}/photos/${photo}/files/thumb`;
		expect((await hana.request('GET', path(event))).status).toBe(404);
		expect((await hana.request('GET', path(foreignEvent))).status).toBe(404);
	});
	it('4, 5: foreign ids in filters and lists bring no rows and change none', async () => {
		const { projects } = await hana.json<{ projects: object[] }>(
			'GET',
			`${base}/projects?parent=${foreignEvent}`
		);
		expect(projects).toEqual([]);
		const sara = await addPerson(server, hana.workspace, 'photographer');
		const assign = [
			{ project: event, user: sara.userId },
			{ project: foreignEvent, user: sara.userId }
		];
		expect((await hana.request('POST', `${base}/assignments`, { assign })).status).toBe(422);
		expect(await hana.json('GET', `${base}/assignments`)).toEqual({ assignments: [] });
		const moved = await hana.request('PATCH', `${base}/projects/${event}`, {
			parent: foreignEvent
		});
		expect(moved.status).toBe(422);
		expect((await hana.request('GET', `${base}/audit?before=${foreignEvent}`)).status).toBe(422);
	});
	it('6: a tenant in a header or a query is not heard', async () => {
		const path = `${base}/projects?workspace=${stranger.workspace}`;
		const response = await hana.request('GET', path, undefined, {
			'x-tenant-id': stranger.workspace,
			'x-workspace-id': stranger.workspace
		});
		expect(JSON.stringify(await response.json())).not.toContain('Theirs');
	});
	it('7: what nobody sets cannot be set', async () => {
		const sara = await addPerson(server, hana.workspace, 'editor');
		const bodies: [string, string, object][] = [
			['POST', '/api/workspaces', { name: 'X', slug: `x-${randomUUID().slice(0, 8)}` }],
			['PUT', base, { name: 'Studio Abeba' }],
			['POST', `${base}/projects`, { name: 'X' }],
			['PATCH', `${base}/projects/${event}`, { description: 'x' }],
			['PUT', `${base}/members/${sara.userId}`, { role: 'viewer' }],
			['POST', `${base}/invitations`, { email: 'q@example.com', role: 'viewer' }],
			['POST', `${base}/api-keys`, { name: 'x', scope: 'read' }],
			['POST', `${base}/teams`, { name: randomUUID() }],
			['POST', `${base}/costs`, { day: '2026-01-19', usd: 1, what: 'x' }],
			['POST', '/api/auth/stations', { name: 'x', pin: '482913' }]
		];
		for (const [method, path, body] of bodies)
			for (const field of [
				'workspaceId',
				'workspace_id',
				'ownerId',
				'createdBy',
				'by',
				'passwordHash',
				'isSuperadmin',
				'quotaBytes',
				'plan'
			])
				expect(
					(await hana.request(method, path, { ...body, [field]: stranger.userId })).status,
					`${path} ${field}`
				).toBe(422);
		expect(await hana.json('GET', base)).toMatchObject({ name: 'Studio Abeba', plan: 'free' });
	});
	it('8: an editor makes nobody an owner, least of all herself', async () => {
		const sara = await addPerson(server, hana.workspace, 'editor');
		for (const role of ['owner', 'admin'])
			expect((await sara.request('PUT', `${base}/members/${sara.userId}`, { role })).status).toBe(
				403
			);
		expect(
			(await sara.request('POST', `${base}/transfer-ownership`, { user: sara.userId })).status
		).toBe(403);
	});
	it('12: what opens one event opens no other', async () => {
		const code = (await hana.json<{ code: string }>('PUT', `${base}/events/${event}/guest-access`))
			.code;
		const second = await makeEvent(hana, 'Second');
		const other = (
			await hana.json<{ code: string }>('PUT', `${base}/events/${second}/guest-access`)
		).code;
		const { createSigner } = await import('../../server/features/scan/signed.ts');
		const key = readFileSync(join(server.dataDir, 'signing-key'));
		const signed = createSigner(key, () => Math.floor(Date.now() / 1000));
		const address = signed.sign(code, 'a'.repeat(32), 'thumb');
		const own = await fetch(`${server.url}${address}`);
		expect(own.status).toBe(404); // signed well, and there is no such photo
		const moved = await fetch(`${server.url}${address.replace(code, other)}`);
		expect(moved.status).toBe(403);
	});
	it('14: a method is what it is', async () => {
		const wrong = await hana.request('POST', `${base}/members`, {});
		expect(wrong.status).toBe(405);
		expect(wrong.headers.get('allow')).toBe('GET');
		const overridden = await hana.request(
			'POST',
			`${base}/projects/${event}`,
			{},
			{
				'x-http-method-override': 'DELETE'
			}
		);
		expect(overridden.status).toBe(405);
		expect(await raw(`${base}/members`, {}, 'TRACE')).toBe(405);
		expect((await hana.request('HEAD', `${base}/projects`)).status).toBe(200);
		const nobody = await fetch(`${server.url}${base}/projects`, { method: 'HEAD' });
		expect(nobody.status).toBe(401);
		expect((await hana.request('GET', `${base}/projects/${event}`)).status).toBe(200);
	});
	it('15: an encoded path is no other path', async () => {
		const to = `/api/workspaces/${stranger.workspace}`;
		for (const path of [
			`${base}/%2e%2e/${stranger.workspace}/projects`,
			`${base}/..%2F${stranger.workspace}/projects`,
			`${base}/%252e%252e/${stranger.workspace}/projects`,
			`${to}%2Fprojects`,
			`/api//workspaces/${stranger.workspace}/projects`,
			`${to}/projects%00`,
			`/api/workspaces/%00/projects`,
			`/api/workspaces/%E0%A4%A/projects`
		])
			expect(await raw(path), path).toBe(404);
	});
	it('16: what one is told, no cache keeps for another', async () => {
		for (const path of [`${base}/projects`, '/api/auth/me', '/api/workspaces', `${base}/stats`]) {
			const { headers } = await hana.request('GET', path);
			expect(headers.get('cache-control'), path).toMatch(/no-store/);
		}
	});
});

describe('B: sessions and sign-in', () => {
	it('17: a token that is cut or changed by a bit is nobody’s', async () => {
		const [name, token] = hana.cookie.split('=') as [string, string];
		const flipped = token.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
		for (const bad of [
			'',
			token.slice(0, -1),
			flipped,
			token.toUpperCase(),
			`${token}x`,
			'x'.repeat(5_000)
		]) {
			const response = await fetch(`${server.url}/api/auth/me`, {
				headers: { cookie: `${name}=${bad}` }
			});
			expect(response.status, bad.slice(0, 20)).toBe(401);
		}
	});
	it('18: claims and made-up tokens are no way in', async () => {
		const { token } = await hana.json<{ token: string }>('GET', '/api/auth/claims');
		const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`;
		for (const authorization of [
			`Bearer ${token}`,
			`Bearer ${none}`,
			`bearer ${token}`,
			`Basic ${Buffer.from('hana@example.com:a long password').toString('base64')}`,
			'Bearer aura_',
			`Token ${token}`
		])
			for (const path of ['/api/auth/me', `${base}/projects`])
				expect(
					(await fetch(`${server.url}${path}`, { headers: { authorization } })).status,
					authorization.slice(0, 24)
				).toBe(401);
	});
	it('19: a session from before the sign-in ends with it', async () => {
		const sara = await addPerson(server, hana.workspace, 'editor');
		const { user } = await sara.json<{ user: { email: string } }>('GET', '/api/auth/me');
		const response = await fetch(`${server.url}/api/auth/login`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', cookie: sara.cookie },
			body: JSON.stringify({ email: user.email, password: 'a long password' })
		});
		expect(cookieOf(response)).not.toBe(sara.cookie);
		expect((await sara.request('GET', '/api/auth/me')).status).toBe(401);
		const preset = await fetch(`${server.url}/api/auth/login`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', cookie: 'aura_session=chosen-by-somebody' },
			body: JSON.stringify({ email: user.email, password: 'a long password' })
		});
		expect(cookieOf(preset)).not.toContain('chosen-by-somebody');
		expect(preset.headers.getSetCookie().join()).toMatch(/HttpOnly.*SameSite=Lax/i);
	});
	it('24: a password of a megabyte is not hashed, one of 64 characters is', async () => {
		const login = (password: string) =>
			fetch(`${server.url}/api/auth/login`, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ email: 'somebody-new@example.com', password })
			});
		expect([413, 422]).toContain((await login('x'.repeat(1024 * 1024))).status);
		expect((await login('x'.repeat(10_000))).status).toBe(422);
		expect((await login('x'.repeat(64))).status).toBe(401);
	});
	it('25: fifty accept one invitation at once, and one of them does', async () => {
		const { url } = await hana.json<{ url: string }>('POST', `${base}/invitations`, {
			email: 'fifty@example.com',
			role: 'viewer'
		});
		const token = url.split('/').pop()!;
		const answers = await Promise.all(
			Array.from({ length: 50 }, () =>
				fetch(`${server.url}/api/invitations/${token}/accept`, {
					method: 'POST',
					headers: { 'content-type': 'application/json' },
					body: JSON.stringify({ name: 'Fifty', password: 'a long password' })
				})
			)
		);
		const statuses = answers.map(({ status }) => status);
		expect(statuses.filter((status) => status === 200)).toHaveLength(1);
		expect(statuses.every((status) => [200, 401, 409, 410, 422, 429].includes(status))).toBe(true);
		const { members } = await hana.json<{ members: { user: { email: string } }[] }>(
			'GET',
			`${base}/members`
		);
		expect(members.filter(({ user }) => user.email === 'fifty@example.com')).toHaveLength(1);
		const edited = await fetch(`${server.url}/api/invitations/${token}/accept`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ name: 'x', password: 'a long password', role: 'owner' })
		});
		expect(edited.status).toBe(422);
	});
});
