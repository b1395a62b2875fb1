import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Queries } from '../../server/database/database.ts';
import { purgeDeleted } from '../../server/features/workspaces/status.ts';
import { type Session, makeEvent, openStockClient, setUp, until } from '../support/client.ts';
import { addPerson, otherStudio } from '../support/people.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

let server: TestServer;
let hana: Session;
let studio: Session;
let editor: Session;
let event: string;

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	studio = await otherStudio(server);
	editor = await addPerson(server, studio.workspace, 'editor');
	event = await makeEvent(studio);
});
afterAll(() => server.stop());

const at = (path: string) => `/api/workspaces/${studio.workspace}${path}`;
const platform = (body: object) =>
	hana.request('PUT', `/api/platform/workspaces/${studio.workspace}/status`, body);
const own = (body: object) => studio.request('PUT', at('/status'), body);
const guestPage = async (code: string) => (await fetch(`${server.url}/api/scan/${code}`)).status;
let code: string;

it('is suspended at once for everyone, says why, and loses nothing', async () => {
	const access = await studio.json<{ code: string }>('PUT', at(`/events/${event}/guest-access`));
	code = access.code;
	const client = openStockClient(server.url, editor.cookie, `event/${event}`, { aura: true });
	await client.synced;
	expect((await platform({ status: 'suspended' })).status).toBe(422);
	expect((await platform({ status: 'suspended', reason: 'The bill is open.' })).status).toBe(204);
	expect(await client.closed).toBe(4403);
	client.destroy();

	const refused = await editor.request('GET', at('/projects'));
	expect(refused.status).toBe(403);
	expect(((await refused.json()) as { detail: string }).detail).toContain('The bill is open.');
	expect(await guestPage(code)).toBe(410);
	expect((await own({ status: 'active' })).status).toBe(403);

	expect((await platform({ status: 'active' })).status).toBe(204);
	expect((await editor.request('GET', at('/projects'))).status).toBe(200);
	expect(await guestPage(code)).toBe(200);
});

it('is archived by its owner: looked at, not changed, over the relay too', async () => {
	expect((await editor.request('PUT', at('/status'), { status: 'archived' })).status).toBe(403);
	const client = openStockClient(server.url, editor.cookie, `event/${event}`, { aura: true });
	await client.synced;
	expect((await own({ status: 'archived' })).status).toBe(200);
	await until('a new connection', () => client.provider.wsconnected && client.provider.synced);
	client.doc.getMap('marks').set(`${'a'.repeat(32)}/rating`, 5);
	await until('an answer', () => client.saved().size > 0);
	const other = openStockClient(server.url, studio.cookie, `event/${event}`);
	await other.synced;
	expect(other.doc.getMap('marks').size).toBe(0);
	client.destroy();
	other.destroy();
	expect((await editor.request('GET', at('/projects'))).status).toBe(200);
	expect(await guestPage(code)).toBe(200);
	expect((await own({ status: 'active' })).status).toBe(200);
});

it('is deleted by typing its name, and restored', async () => {
	const wrong = await own({ status: 'deleted', name: 'Othr Studio' });
	expect(wrong.status).toBe(422);
	expect((await editor.request('GET', at('/projects'))).status).toBe(200);
	expect((await own({ status: 'deleted', name: 'Other Studio' })).status).toBe(200);
	expect((await editor.request('GET', at('/projects'))).status).toBe(404);
	expect((await studio.request('GET', at('/projects'))).status).toBe(404);
	expect(await guestPage(code)).toBe(410);
	const mine = async (session: Session) =>
		(await session.json<{ workspaces: { id: string; status: string }[] }>('GET', '/api/auth/me'))
			.workspaces;
	expect(await mine(editor)).toEqual([]);
	expect(await mine(studio)).toMatchObject([{ status: 'deleted' }]);
	expect((await platform({ status: 'suspended', reason: 'x' })).status).toBe(409);
	expect((await own({ status: 'active' })).status).toBe(200);
	expect((await editor.request('GET', at('/projects'))).status).toBe(200);
});

it('is gone for good after thirty days: rows, files, faces; the log stays', async () => {
	const { storage } = server;
	const folder = `files/${studio.workspace}`;
	await storage.put(`files/${studio.workspace}/2026/x/originals/a.jpg`, [new Uint8Array(3)]);
	await own({ status: 'deleted', name: 'Other Studio' });
	await purgeDeleted(server.database, storage);
	expect(await storage.list(folder)).toEqual(['2026']);
	await server.database.query(
		`update workspaces set status_at = now() - interval '31 days' where id = $1`,
		[studio.workspace]
	);
	await purgeDeleted(server.database, storage);
	expect(await storage.list(folder)).toEqual([]);
	const tables = await server.database.query<{ name: string; isTenant: boolean }>(
		`select c.relname as name, c.relrowsecurity as "isTenant" from pg_class c
		 join pg_namespace n on n.oid = c.relnamespace
		 join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
		 where n.nspname = 'public' and c.relkind = 'r' and c.relname <> 'audit_log'`
	);
	expect(tables.length).toBeGreaterThan(8);
	for (const { name, isTenant } of tables) {
		const count = (queries: Queries) =>
			queries.query(`select 1 from ${name} where workspace_id = $1`, [studio.workspace]);
		const rows = await (isTenant
			? server.database.tenant(studio.workspace, count)
			: count(server.database));
		expect(rows, name).toEqual([]);
	}
	const log = await server.database.tenant(studio.workspace, (queries) =>
		queries.query<{ action: string }>(
			`select action from audit_log where workspace_id = $1 order by id desc limit 1`,
			[studio.workspace]
		)
	);
	expect(log).toEqual([{ action: 'workspace.purge' }]);
	expect((await own({ status: 'active' })).status).toBe(404);
});

it('reported no unexpected failure', () => {
	expect(server.reports).toEqual([]);
});
