import { createPublicKey, randomUUID } from 'node:crypto';
import { jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, cookieOf, sessionOf, setUp } from '../support/client.ts';
import { addPerson } from '../support/people.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

let server: TestServer;
let hana: Session;

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
}, 60_000);
afterAll(async () => {
	await server.stop();
	expect(server.reports).toEqual([]);
});

const PIN = '482913';
const enrol = (who: Session) =>
	who.json<{ id: string; key: string }>('POST', '/api/auth/stations', {
		name: 'Front desk',
		pin: PIN
	});
const unlock = (id: string, body: object) =>
	fetch(`${server.url}/api/auth/stations/${id}/unlock`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body)
	});
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;
/** An embedding of norm 1.4, as the model gives them. */
const face = (shift = 0) => {
	const values = Array.from({ length: 128 }, (_, at) => Math.sin(at * 12.9898 + shift));
	const norm = Math.hypot(...values);
	return values.map((value) => (value / norm) * 1.4);
};
const sessionBy = async (response: Response) =>
	sessionOf(server.url, cookieOf(response), hana.userId, hana.workspace);

describe('a PIN', () => {
	it('opens the station on which it was set, and nothing without its key', async () => {
		const { id, key } = await enrol(hana);
		const right = await unlock(id, { key, pin: PIN });
		expect(right.status).toBe(200);
		const again = await sessionBy(right);
		expect(await again.json('GET', '/api/auth/me')).toMatchObject({ user: { id: hana.userId } });
		expect(await codeOf(await unlock(id, { key: 'x'.repeat(43), pin: PIN }))).toBe(
			'unauthenticated'
		);
		expect(await codeOf(await unlock(randomUUID(), { key, pin: PIN }))).toBe('unauthenticated');
		const { stations } = await hana.json<{ stations: object[] }>('GET', '/api/auth/stations');
		expect(stations).toMatchObject([{ name: 'Front desk', hasFace: false, isLocked: false }]);
		expect((await hana.request('DELETE', `/api/auth/stations/${id}`)).status).toBe(204);
		expect(await codeOf(await unlock(id, { key, pin: PIN }))).toBe('unauthenticated');
	});
	it('is guessed five times, never more, also when many come at once', async () => {
		const { id, key } = await enrol(hana);
		const answers = await Promise.all(
			Array.from({ length: 40 }, (_, at) => unlock(id, { key, pin: String(100_000 + at) }))
		);
		const statuses = answers.map(({ status }) => status);
		expect(statuses.filter((status) => status === 401)).toHaveLength(5);
		expect(new Set(statuses)).toEqual(new Set([401, 429]));
		const locked = await unlock(id, { key, pin: PIN });
		expect(locked.status).toBe(429);
		expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(200);
		const [row] = await server.database.query<{ failures: number }>(
			`select failures from stations where id::text = $1`,
			[id]
		);
		expect(row!.failures).toBe(5);
		// after the wait one more try, and the lock is twice as long
		const wait = () =>
			server.database.query(`update stations set locked_until = now() where id::text = $1`, [id]);
		await wait();
		expect((await unlock(id, { key, pin: '100000' })).status).toBe(401);
		const twice = await unlock(id, { key, pin: PIN });
		expect(Number(twice.headers.get('retry-after'))).toBeGreaterThan(500);
		await wait();
		expect((await unlock(id, { key, pin: PIN })).status).toBe(200);
	});
	it('is not one that is guessed first', async () => {
		for (const pin of ['123456', '000000', '121212', '654321', '12345', 'abcdef', '890123'])
			expect(
				(await hana.request('POST', '/api/auth/stations', { name: 'x', pin })).status,
				pin
			).toBe(422);
	});
	it('belongs to one person', async () => {
		const { id } = await enrol(hana);
		const sara = await addPerson(server, hana.workspace, 'editor');
		expect((await sara.request('DELETE', `/api/auth/stations/${id}`)).status).toBe(404);
	});
});

describe('a face', () => {
	const allow = (faceUnlock: boolean) =>
		hana.json('PUT', `/api/workspaces/${hana.workspace}`, { settings: { faceUnlock } });
	it('unlocks where the studio allows it, with the key of the station, and never changes rights or money', async () => {
		const { id, key } = await enrol(hana);
		const path = `/api/auth/stations/${id}/face`;
		expect((await hana.request('PUT', path, { key, embedding: face() })).status).toBe(403);
		await allow(true);
		expect((await hana.request('PUT', path, { key, embedding: [1, 2] })).status).toBe(422);
		expect(
			(await hana.request('PUT', path, { key: 'x'.repeat(43), embedding: face() })).status
		).toBe(404);
		expect((await hana.request('PUT', path, { key, embedding: face() })).status).toBe(204);
		const [row] = await server.database.query<{ face: Uint8Array }>(
			`select face from stations where id::text = $1`,
			[id]
		);
		expect(Buffer.from(row!.face).includes(Buffer.from(Float32Array.from(face()).buffer))).toBe(
			false
		);
		expect((await unlock(id, { key, embedding: face(1) })).status).toBe(401);
		expect((await unlock(id, { key: 'x'.repeat(43), embedding: face() })).status).toBe(401);
		const right = await unlock(id, { key, embedding: face(0.05) });
		expect(right.status).toBe(200);
		const byFace = await sessionBy(right);
		const base = `/api/workspaces/${hana.workspace}`;
		expect((await byFace.request('GET', `${base}/members`)).status).toBe(200);
		expect((await byFace.request('POST', `${base}/projects`, { name: 'Fine' })).status).toBe(201);
		for (const [method, address, body] of [
			['PUT', `${base}/members/${hana.userId}`, { role: 'admin' }],
			['POST', `${base}/invitations`, { email: 'x@example.com', role: 'admin' }],
			['POST', `${base}/api-keys`, { name: 'x', scope: 'read' }],
			['PUT', base, { budgetUsd: 1 }],
			['POST', '/api/auth/stations', { name: 'x', pin: PIN }],
			['POST', '/api/auth/passkeys/options', undefined]
		] as const)
			expect(await codeOf(await byFace.request(method, address, body)), address).toBe(
				'sign_in_again'
			);
		await allow(false);
		expect((await unlock(id, { key, embedding: face() })).status).toBe(403);
		await allow(true);
		expect((await hana.request('DELETE', path)).status).toBe(204);
		expect((await unlock(id, { key, embedding: face() })).status).toBe(401);
	});
});

describe('claims', () => {
	it('say who I am and where I belong, signed with a key that is published', async () => {
		const { token } = await hana.json<{ token: string }>('GET', '/api/auth/claims');
		const { keys } = (await (await fetch(`${server.url}/api/auth/keys`)).json()) as {
			keys: { kty: string; crv: string; x: string }[];
		};
		const key = createPublicKey({ key: keys[0]!, format: 'jwk' });
		const { payload } = await jwtVerify(token, key, { issuer: 'aura', algorithms: ['EdDSA'] });
		expect(payload).toMatchObject({
			sub: hana.userId,
			workspaces: [{ id: hana.workspace, role: 'owner', slug: 'studio-abeba' }]
		});
		expect(payload.exp! - payload.iat!).toBe(14 * 86_400);
		expect(JSON.stringify(keys)).not.toContain('"d"');
		await expect(jwtVerify(token.slice(0, -4) + 'AAAA', key)).rejects.toThrow();
	});
});
