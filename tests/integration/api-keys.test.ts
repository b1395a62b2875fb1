import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Session, makeEvent, setUp } from '../support/client.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

let server: TestServer;
let hana: Session;
let event: string;

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	event = await makeEvent(hana);
});
afterAll(() => server.stop());

const at = (path: string) => `/api/workspaces/${hana.workspace}${path}`;
const make = (body: object) =>
	hana.json<{ id: string; secret: string }>('POST', at('/api-keys'), body);
const projects = async (secret: string) =>
	(
		await fetch(`${server.url}${at('/projects')}`, {
			headers: { authorization: `Bearer ${secret}` }
		})
	).status;
const list = async () =>
	(
		await hana.json<{ keys: { id: string; hint: string; lastUsedAt: string | null }[] }>(
			'GET',
			at('/api-keys')
		)
	).keys;
/** The close code of a socket opened with a key, or 'open' when it stays. */
const socket = (secret: string) => {
	const ws = new WebSocket(`${server.url.replace('http', 'ws')}/sync/event/${event}`, {
		headers: { authorization: `Bearer ${secret}` }
	});
	const closed = new Promise<number>((done) => ws.on('close', done));
	const spoke = new Promise<void>((done) => ws.once('message', () => done()));
	return { ws, closed, spoke };
};

it('opens its workspace to a program, and is kept as a hash alone', async () => {
	const { id, secret } = await make({ name: 'Agent', scope: 'import', days: 30 });
	expect(secret).toMatch(/^aura_[\w-]{43}$/);
	expect(await projects(secret)).toBe(200);
	const [key] = await list();
	expect(key).toMatchObject({ id, hint: secret.slice(0, 9) });
	expect(key!.lastUsedAt).toBeTruthy();
	const rows = await server.database.query(`select * from api_key_secrets`);
	expect(JSON.stringify([rows, await list()])).not.toContain(secret);
});

it('is refused when wrong, expired or revoked, sockets included', async () => {
	const { id, secret } = await make({ name: 'Short', scope: 'read', days: 1 });
	expect(await projects(`${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`)).toBe(401);
	const { closed, spoke } = socket(secret);
	await spoke;
	expect((await hana.request('DELETE', at(`/api-keys/${id}`))).status).toBe(204);
	expect(await closed).toBe(4401);
	expect(await projects(secret)).toBe(401);
	expect(await socket(secret).closed).toBe(4401);

	const late = await make({ name: 'Late', scope: 'read', days: 1 });
	await server.database.tenant(hana.workspace, (queries) =>
		queries.query(`update api_keys set expires_at = now() - interval '1 minute' where id = $1`, [
			late.id
		])
	);
	expect(await projects(late.secret)).toBe(401);
});

it('gets a new secret while the former one works for a day', async () => {
	const { id, secret } = await make({ name: 'Rotated', scope: 'read' });
	const next = await hana.json<{ secret: string }>('POST', at(`/api-keys/${id}/rotate`));
	expect(next.secret).not.toBe(secret);
	expect(await projects(secret)).toBe(200);
	expect(await projects(next.secret)).toBe(200);
	await server.database.query(
		`update api_key_secrets set expires_at = expires_at - interval '25 hours' where expires_at is not null`
	);
	expect(await projects(secret)).toBe(401);
	expect(await projects(next.secret)).toBe(200);
	await hana.request('DELETE', at(`/api-keys/${id}`));
	expect((await hana.request('POST', at(`/api-keys/${id}/rotate`))).status).toBe(404);
});

it('reported no unexpected failure', () => {
	expect(server.reports).toEqual([]);
});
