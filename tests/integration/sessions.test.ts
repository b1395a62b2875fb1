// Where somebody is signed in: listed, ended, and given new ids.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, cookieOf, openStockClient, sessionOf, setUp } from '../support/client.ts';
import { addPerson, signIn } from '../support/people.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

let server: TestServer;
let hana: Session;

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
});
afterAll(async () => {
	await server.stop();
	expect(server.reports).toEqual([]);
});

describe('sessions', () => {
	it('get a new id when their person’s rights change; the former one soon ends', async () => {
		const sara = await addPerson(server, hana.workspace, 'viewer');
		const role = (to: string) =>
			hana.json('PUT', `/api/workspaces/${hana.workspace}/members/${sara.userId}`, { role: to });
		await role('editor');
		const answers = await Promise.all(
			Array.from({ length: 5 }, () => sara.request('GET', '/api/auth/me'))
		);
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
		const renewed = answers.map(cookieOf).filter((cookie) => cookie.includes('aura_session='));
		expect(renewed).toHaveLength(1);
		expect(renewed[0]).not.toBe(sara.cookie);
		const again = sessionOf(server.url, renewed[0]!, sara.userId, hana.workspace);
		const next = await again.request('GET', '/api/auth/me');
		// the device keeps its name: a socket from before is found when it is signed out
		const { sessions } = await again.json<{ sessions: { isCurrent: boolean }[] }>(
			'GET',
			'/api/auth/sessions'
		);
		expect(sessions.map(({ isCurrent }) => isCurrent)).toEqual([true]);
		expect([next.status, cookieOf(next)]).toEqual([200, '']);
		// what was under way with the former one goes on for a minute, then it is nobody's
		expect((await sara.request('GET', '/api/auth/me')).status).toBe(200);
		await server.database.query(
			`update sessions set expires_at = now() where user_id = $1 and expires_at < now() + interval '2 minutes'`,
			[sara.userId]
		);
		expect((await sara.request('GET', '/api/auth/me')).status).toBe(401);
		expect((await again.request('GET', '/api/auth/me')).status).toBe(200);
		await role('viewer');
		const socket = openStockClient(server.url, renewed[0]!, `workspace/${hana.workspace}`);
		await socket.synced;
		const last = cookieOf(await again.request('GET', '/api/auth/me'));
		expect(last).toContain('aura_session=');
		const signedOut = sessionOf(server.url, last, sara.userId, hana.workspace);
		expect((await signedOut.request('POST', '/api/auth/logout')).status).toBe(204);
		expect(await socket.closed).toBe(4401);
		// both the new id and the former one are gone
		expect((await again.request('GET', '/api/auth/me')).status).toBe(401);
	});
	it('are listed by device, and end one or all', async () => {
		const person = await addPerson(server, hana.workspace, 'viewer');
		const { user } = await person.json<{ user: { email: string } }>('GET', '/api/auth/me');
		const phone = await signIn(server, user.email, hana.workspace);
		const laptop = await signIn(server, user.email, hana.workspace);
		const list = async () =>
			(
				await person.json<{ sessions: { id: string; isCurrent: boolean }[] }>(
					'GET',
					'/api/auth/sessions'
				)
			).sessions;
		const all = await list();
		expect(all).toHaveLength(3);
		expect(all.filter(({ isCurrent }) => isCurrent)).toHaveLength(1);
		const client = openStockClient(server.url, phone.cookie, `workspace/${hana.workspace}`);
		await client.synced;
		const mine = async (session: Session) =>
			(
				await session.json<{ sessions: { id: string; isCurrent: boolean }[] }>(
					'GET',
					'/api/auth/sessions'
				)
			).sessions.find(({ isCurrent }) => isCurrent)!.id;
		const id = await mine(phone);
		expect((await hana.request('DELETE', `/api/auth/sessions/${id}`)).status).toBe(404);
		expect((await person.request('DELETE', `/api/auth/sessions/${id}`)).status).toBe(204);
		expect(await client.closed).toBe(4401);
		expect((await phone.request('GET', '/api/auth/me')).status).toBe(401);
		expect((await person.request('DELETE', '/api/auth/sessions')).status).toBe(204);
		expect((await laptop.request('GET', '/api/auth/me')).status).toBe(401);
		expect(await list()).toHaveLength(1);
		client.destroy();
	});
});
