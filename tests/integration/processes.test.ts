// Several processes on one Postgres, the command line among them: whose rights change in one, hears of it in all.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
	type Session,
	makeEvent,
	openStockClient,
	sessionOf,
	setUp,
	until
} from '../support/client.ts';
import { freshDatabase } from '../support/database.ts';
import { root } from '../support/paths.ts';
import { addPerson } from '../support/people.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let one: TestServer;
let two: TestServer;
let hana: Session;
const stops: (() => void)[] = [];
/** The embedded database is one process's alone. */
const isShared = process.env['TEST_DATABASE_URL'] !== undefined;

beforeAll(async () => {
	if (!isShared) return;
	database = await freshDatabase();
	one = await startTestServer({ databaseUrl: database!.url });
	two = await startTestServer({ databaseUrl: database!.url });
	hana = await setUp(one);
}, 60_000);
afterAll(async () => {
	for (const stop of stops) stop();
	await one?.stop();
	await two?.stop();
	await database?.drop();
	expect([...(one?.reports ?? []), ...(two?.reports ?? [])]).toEqual([]);
});

/** The same person at the other process. */
const atTwo = ({ cookie, userId, workspace }: Session) =>
	sessionOf(two.url, cookie, userId, workspace);
const open = (who: Session, document: string) => {
	const client = openStockClient(two.url, who.cookie, document, { aura: true });
	stops.push(() => client.destroy());
	return client;
};
const aura = (...args: string[]) =>
	spawnSync(process.execPath, [join(root, 'tools/aura.mjs'), ...args], {
		env: { ...process.env, DATABASE_URL: database!.url, DATA_DIR: one.dataDir },
		encoding: 'utf8'
	});

it('brings assignments to desks at the other process, and takes them away', async () => {
	if (!isShared) return;
	const dawit = await addPerson(one, hana.workspace, 'photographer');
	const event = await makeEvent(hana);
	const desk = open(dawit, `desk/${hana.workspace}/${dawit.userId}`);
	await desk.synced;
	const assignment = { project: event, user: dawit.userId };
	const post = (body: object) =>
		hana.request('POST', `/api/workspaces/${hana.workspace}/assignments`, body);
	await post({ assign: [assignment] });
	await until('the desk has it', () => desk.doc.getMap('projects').has(event));
	const socket = open(dawit, `event/${event}`);
	await socket.synced;
	await post({ unassign: [assignment] });
	expect(await socket.closed).toBe(4404);
	expect(
		(await atTwo(dawit).request('GET', `/api/workspaces/${hana.workspace}/projects`)).status
	).toBe(200);
});

it('ends the sockets of whoever is removed, at the other process', async () => {
	if (!isShared) return;
	const sara = await addPerson(one, hana.workspace, 'editor');
	const client = open(sara, `workspace/${hana.workspace}`);
	await client.synced;
	await hana.request('DELETE', `/api/workspaces/${hana.workspace}/members/${sara.userId}`);
	expect(await client.closed).toBe(4404);
});

it('shows who is here to whoever is connected to the other process, and that they have left', async () => {
	if (!isShared) return;
	const event = await makeEvent(hana);
	const here = openStockClient(one.url, hana.cookie, `event/${event}`);
	await here.synced;
	here.provider.awareness.setLocalState({ photo: 'first' });
	const there = open(hana, `event/${event}`);
	await there.synced;
	const seen = () =>
		(
			there.provider.awareness.getStates().get(here.doc.clientID) as
				{ photo?: string; user?: { id: string } } | undefined
		)?.photo;
	// it was said before the other process had the event open
	await until('who is here', () => seen() === 'first');
	here.provider.awareness.setLocalState({ photo: 'second' });
	await until('what they look at', () => seen() === 'second');
	expect(there.provider.awareness.getStates().get(here.doc.clientID)).toMatchObject({
		user: { id: hana.userId, name: 'Hana Alemu' }
	});
	here.destroy();
	await until('that they left', () => seen() === undefined);
});

it('hears the command line', async () => {
	if (!isShared) return;
	const sara = await addPerson(one, hana.workspace, 'viewer');
	const { user } = await sara.json<{ user: { email: string } }>('GET', '/api/auth/me');
	const first = open(sara, `workspace/${hana.workspace}`);
	await first.synced;
	expect(aura('member', 'remove', 'studio-abeba', user.email).status).toBe(0);
	expect(await first.closed).toBe(4404);
	const mine = open(hana, `workspace/${hana.workspace}`);
	await mine.synced;
	expect(aura('workspace', 'suspend', 'studio-abeba', '--reason', 'a bill').status).toBe(0);
	expect(await mine.closed).toBe(4403);
}, 60_000);
