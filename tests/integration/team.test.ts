import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	type Session,
	cookieOf,
	makeEvent,
	openStockClient,
	sessionOf,
	setUp,
	until
} from '../support/client.ts';
import { addPerson, otherStudio } from '../support/people.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

interface Sent {
	id: string;
	url: string;
	mail: string;
}
interface Audit {
	entries: { id: number; action: string; subject: string; actor: { name: string } | null }[];
	more: boolean;
}

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
const tokenOf = (url: string) => url.split('/').pop()!;
const letters = () => {
	const folder = join(server.dataDir, 'mail');
	return readdirSync(folder)
		.filter((name) => !name.startsWith('.'))
		.sort()
		.map((name) => readFileSync(join(folder, name), 'utf8').replaceAll('=\n', ''));
};
const invite = (email: string, role = 'editor', by = hana) =>
	by.request('POST', at('/invitations'), { email, role });
const accept = (token: string, body: object, cookie = '') =>
	fetch(`${server.url}/api/invitations/${token}/accept`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', cookie },
		body: JSON.stringify(body)
	});
const roleOf = async (user: string) =>
	(
		await hana.json<{ members: { user: { id: string }; role: string }[] }>('GET', at('/members'))
	).members.find((member) => member.user.id === user)?.role;
const newPerson = { name: 'Selam Tesfaye', password: 'a long password' };

describe('an invitation', () => {
	it('is a letter and a link, which a new person accepts', async () => {
		const answer = await invite('Selam@Example.com', 'photographer');
		expect(answer.status).toBe(201);
		const sent = (await answer.json()) as Sent;
		expect(sent.mail).toBe('file');
		const letter = letters().at(-1)!;
		expect(letter).toContain('To: selam@example.com');
		expect(letter).toContain('Studio Abeba');
		expect(letter).toContain(tokenOf(sent.url));

		const opened = await fetch(`${server.url}/api/invitations/${tokenOf(sent.url)}`);
		expect(await opened.json()).toMatchObject({
			workspace: 'Studio Abeba',
			email: 'selam@example.com',
			role: 'photographer',
			invitedBy: 'Hana Alemu',
			hasAccount: false
		});
		expect((await accept(tokenOf(sent.url), { name: 'Selam' })).status).toBe(422);
		const accepted = await accept(tokenOf(sent.url), newPerson);
		expect(accepted.status).toBe(200);
		const { user } = (await accepted.json()) as { user: { id: string } };
		expect(await roleOf(user.id)).toBe('photographer');
		const selam = sessionOf(server.url, cookieOf(accepted), user.id, hana.workspace);
		expect((await selam.request('GET', at('/projects'))).status).toBe(200);
	});

	it('works once, and says so afterwards', async () => {
		const sent = (await (await invite('once@example.com')).json()) as Sent;
		const both = await Promise.all([
			accept(tokenOf(sent.url), newPerson),
			accept(tokenOf(sent.url), newPerson)
		]);
		const codes = both.map(({ status }) => status).sort();
		expect(codes[0]).toBe(200);
		expect([409, 410]).toContain(codes[1]);
		const again = await accept(tokenOf(sent.url), newPerson);
		expect(again.status).toBe(410);
		expect(await again.json()).toMatchObject({ state: 'accepted' });
	});

	it('is kept as a hash alone', async () => {
		const sent = (await (await invite('hash@example.com')).json()) as Sent;
		const rows = await server.database.query<{ token_hash: string }>(
			`select token_hash from invitation_tokens`
		);
		expect(rows.every((row) => /^[0-9a-f]{64}$/.test(row.token_hash))).toBe(true);
		expect(JSON.stringify(rows)).not.toContain(tokenOf(sent.url));
	});

	it('is worth nothing when revoked, expired, replaced or guessed', async () => {
		const revoked = (await (await invite('revoked@example.com')).json()) as Sent;
		expect((await hana.request('DELETE', at(`/invitations/${revoked.id}`))).status).toBe(204);
		expect((await accept(tokenOf(revoked.url), newPerson)).status).toBe(410);
		expect((await hana.request('DELETE', at(`/invitations/${revoked.id}`))).status).toBe(404);

		const late = (await (await invite('late@example.com')).json()) as Sent;
		await server.database.tenant(hana.workspace, (queries) =>
			queries.query(
				`update invitations set expires_at = now() - interval '1 minute' where id = $1`,
				[late.id]
			)
		);
		expect((await accept(tokenOf(late.url), newPerson)).status).toBe(410);

		const renewed = await hana.json<Sent>('POST', at(`/invitations/${late.id}/resend`), {});
		expect((await accept(tokenOf(late.url), newPerson)).status).toBe(404);
		expect((await accept(tokenOf(renewed.url), newPerson)).status).toBe(200);
		expect((await accept('x'.repeat(43), newPerson)).status).toBe(404);
	});

	it('joins an account that exists by its password, and never sets it anew', async () => {
		const other = await otherStudio(server);
		const me = await other.json<{ user: { email: string } }>('GET', '/api/auth/me');
		const sent = (await (await invite(me.user.email, 'viewer')).json()) as Sent;
		expect((await accept(tokenOf(sent.url), {})).status).toBe(401);
		const wrong = await accept(tokenOf(sent.url), { name: 'Thief', password: 'not her password' });
		expect(wrong.status).toBe(401);
		expect((await accept(tokenOf(sent.url), { password: 'a long password' })).status).toBe(200);
		expect(await roleOf(other.userId)).toBe('viewer');
	});

	it('asks before somebody else than was invited takes it', async () => {
		const other = await otherStudio(server);
		const sent = (await (await invite('elsewhere@example.com', 'viewer')).json()) as Sent;
		const asked = await accept(tokenOf(sent.url), {}, other.cookie);
		expect(asked.status).toBe(409);
		expect(await asked.json()).toMatchObject({ reason: 'other_email' });
		expect((await accept(tokenOf(sent.url), { asMe: true }, other.cookie)).status).toBe(200);
		expect(await roleOf(other.userId)).toBe('viewer');
	});

	it('goes to nobody twice, to no member, and gives no ownership', async () => {
		expect((await invite('twice@example.com')).status).toBe(201);
		expect((await invite('twice@example.com')).status).toBe(409);
		expect((await invite('hana@example.com')).status).toBe(409);
		expect((await invite('boss@example.com', 'owner')).status).toBe(422);
		expect((await invite('not an address')).status).toBe(422);
	});

	it('is for those who may invite', async () => {
		for (const role of ['editor', 'photographer', 'viewer'] as const) {
			const person = await addPerson(server, hana.workspace, role);
			expect((await invite('friend@example.com', 'viewer', person)).status, role).toBe(403);
			expect((await person.request('GET', at('/invitations'))).status, role).toBe(403);
		}
		const stranger = await otherStudio(server);
		expect((await invite('friend@example.com', 'viewer', stranger)).status).toBe(404);
	});
});

describe('roles', () => {
	it('change by admins, but owners only by owners', async () => {
		const admin = await addPerson(server, hana.workspace, 'admin');
		const editor = await addPerson(server, hana.workspace, 'editor');
		const put = (by: Session, user: string, role: string) =>
			by.request('PUT', at(`/members/${user}`), { role });
		expect((await put(editor, editor.userId, 'owner')).status).toBe(403);
		expect((await put(editor, editor.userId, 'admin')).status).toBe(403);
		expect((await put(admin, editor.userId, 'owner')).status).toBe(403);
		expect((await put(admin, hana.userId, 'viewer')).status).toBe(403);
		expect((await put(admin, editor.userId, 'viewer')).status).toBe(200);
		expect(await roleOf(editor.userId)).toBe('viewer');
		expect((await put(admin, '11111111-1111-4111-8111-111111111111', 'viewer')).status).toBe(404);
	});

	it('leave an owner, always', async () => {
		expect(
			(await hana.request('PUT', at(`/members/${hana.userId}`), { role: 'admin' })).status
		).toBe(409);
		expect((await hana.request('DELETE', at(`/members/${hana.userId}`))).status).toBe(409);
	});

	it('end one owner when two step down at once', async () => {
		const studio = await otherStudio(server);
		const second = await addPerson(server, studio.workspace, 'owner');
		const path = (user: string) => `/api/workspaces/${studio.workspace}/members/${user}`;
		const codes = await Promise.all([
			studio.request('DELETE', path(studio.userId)),
			second.request('DELETE', path(second.userId))
		]);
		expect(codes.map(({ status }) => status).sort()).toEqual([204, 409]);
	});

	it('hand the ownership over', async () => {
		const studio = await otherStudio(server);
		const heir = await addPerson(server, studio.workspace, 'editor');
		const path = `/api/workspaces/${studio.workspace}/transfer-ownership`;
		expect((await heir.request('POST', path, { user: heir.userId })).status).toBe(403);
		expect((await studio.request('POST', path, { user: heir.userId })).status).toBe(204);
		expect((await studio.request('POST', path, { user: heir.userId })).status).toBe(403);
		const me = await heir.json<{ workspaces: { role: string }[] }>('GET', '/api/auth/me');
		expect(me.workspaces[0]!.role).toBe('owner');
	});
});

describe('whoever is removed', () => {
	it('is out within a second, open connections included', async () => {
		const editor = await addPerson(server, hana.workspace, 'editor');
		const client = openStockClient(server.url, editor.cookie, `event/${event}`, { aura: true });
		await client.synced;
		const start = Date.now();
		expect((await hana.request('DELETE', at(`/members/${editor.userId}`))).status).toBe(204);
		expect(await client.closed).toBe(4404);
		expect(Date.now() - start).toBeLessThan(1_000);
		expect((await editor.request('GET', at('/projects'))).status).toBe(404);
		client.destroy();
	});

	it('may leave by themselves', async () => {
		const viewer = await addPerson(server, hana.workspace, 'viewer');
		expect((await viewer.request('DELETE', at(`/members/${viewer.userId}`))).status).toBe(204);
		expect((await viewer.request('GET', at('/projects'))).status).toBe(404);
	});

	it('writes with the rights of now when the role changes under an open connection', async () => {
		const editor = await addPerson(server, hana.workspace, 'editor');
		const client = openStockClient(server.url, editor.cookie, `event/${event}`, { aura: true });
		await client.synced;
		await hana.json('PUT', at(`/members/${editor.userId}`), { role: 'viewer' });
		await until('a new connection', () => client.provider.wsconnected && client.provider.synced);
		client.doc.getMap('marks').set(`${'a'.repeat(32)}/rating`, 5);
		const other = openStockClient(server.url, hana.cookie, `event/${event}`);
		await other.synced;
		await until('an answer', () => client.saved().size > 0);
		expect(other.doc.getMap('marks').has(`${'a'.repeat(32)}/rating`)).toBe(false);
		client.destroy();
		other.destroy();
	});
});

describe('a forgotten password', () => {
	const ask = (email: string) => hana.request('POST', '/api/auth/password-resets', { email });
	it('is set anew by a mailed link, once, and all devices are signed out', async () => {
		const person = await addPerson(server, hana.workspace, 'viewer');
		const { user } = await person.json<{ user: { email: string } }>('GET', '/api/auth/me');
		const before = letters().length;
		expect((await ask(user.email)).status).toBe(204);
		await until('a letter', () => letters().length > before);
		const letter = letters().at(-1)!;
		expect(letter).toContain(`To: ${user.email}`);
		const token = /\/reset\/([\w-]{43})/.exec(letter)![1]!;
		const set = (password: string) =>
			hana.request('POST', `/api/auth/password-resets/${token}`, { password });
		expect((await set('short')).status).toBe(422);
		expect((await set('another long password')).status).toBe(204);
		expect((await set('a third long password')).status).toBe(410);
		expect((await person.request('GET', '/api/auth/me')).status).toBe(401);
		const login = (password: string) =>
			hana.request('POST', '/api/auth/login', { email: user.email, password }, { cookie: '' });
		expect((await login('a long password')).status).toBe(401);
		expect((await login('another long password')).status).toBe(200);
	});
	it('tells strangers nothing', async () => {
		const before = letters().length;
		expect((await ask('nobody@example.com')).status).toBe(204);
		await new Promise((done) => setTimeout(done, 100));
		expect(letters()).toHaveLength(before);
	});
});

describe('the log', () => {
	it('says who did what, in pages and filtered', async () => {
		const all = await hana.json<Audit>('GET', at('/audit'));
		expect(all.entries[0]!.id).toBeGreaterThan(all.entries[1]!.id);
		expect(all.entries.some(({ action }) => action === 'invitation.accept')).toBe(true);
		const removed = await hana.json<Audit>('GET', at('/audit?kind=member&search=SOMEBODY'));
		expect(removed.entries.length).toBeGreaterThan(0);
		expect(removed.entries.every(({ action }) => action.startsWith('member.'))).toBe(true);
		expect(removed.entries[0]!.actor).toBeTruthy();
		const next = await hana.json<Audit>('GET', at(`/audit?before=${all.entries[0]!.id}`));
		expect(next.entries[0]).toEqual(all.entries[1]);
		expect((await hana.request('GET', at('/audit?before=x'))).status).toBe(422);
	});
	it('is exported whole', async () => {
		const csv = await (await hana.request('GET', at('/audit/export/csv'))).text();
		const json = (await (await hana.request('GET', at('/audit/export/json'))).json()) as unknown[];
		expect(csv.split('\r\n')[0]).toBe('id,at,actor,action,subject,before,after,address');
		expect(json.length).toBeGreaterThan(10);
		expect(csv.trim().split('\r\n')).toHaveLength(json.length + 1);
		expect((await hana.request('GET', at('/audit/export/xml'))).status).toBe(404);
	});
	it('holds no secret', async () => {
		const text = await (await hana.request('GET', at('/audit/export/json'))).text();
		expect(text).not.toContain('a long password');
		expect(text).not.toMatch(/[\w-]{43}/);
	});
	it('is read by those who run the studio', async () => {
		const editor = await addPerson(server, hana.workspace, 'editor');
		expect((await editor.request('GET', at('/audit'))).status).toBe(403);
		expect((await (await otherStudio(server)).request('GET', at('/audit'))).status).toBe(404);
	});
	it('is only ever added to, whoever asks', async () => {
		for (const statement of [
			`update audit_log set subject = 'nothing'`,
			`delete from audit_log`,
			`truncate audit_log`
		]) {
			await expect(server.database.query(statement)).rejects.toThrow(/append-only/);
			await expect(
				server.database.tenant(hana.workspace, (queries) => queries.query(statement))
			).rejects.toThrow(/append-only|permission denied/);
		}
	});
});

describe('the workspace', () => {
	it('is renamed by those who may, to an address that is free', async () => {
		const other = await otherStudio(server);
		const slug = (await other.json<{ workspaces: { slug: string }[] }>('GET', '/api/auth/me'))
			.workspaces[0]!.slug;
		const put = (by: Session, body: object) => by.request('PUT', at(''), body);
		expect((await put(hana, { slug })).status).toBe(409);
		expect((await put(hana, { name: 'Studio Addis' })).status).toBe(200);
		const editor = await addPerson(server, hana.workspace, 'editor');
		expect((await put(editor, { name: 'Mine' })).status).toBe(403);
		const me = await hana.json<{ workspaces: { name: string }[] }>('GET', '/api/auth/me');
		expect(me.workspaces[0]!.name).toBe('Studio Addis');
	});
});

it('reported no unexpected failure', () => {
	expect(server.reports).toEqual([]);
});
