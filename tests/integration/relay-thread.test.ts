// The relay's thread hangs or ends: the server goes on, others notice a pause, and whoever caused it waits.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { closeCodes } from '#sync/relay/protocol.ts';
import { type Session, makeEvent, photoFacts, setUp, until } from '../support/client.ts';
import { type TestDevice, openDevice } from '../support/device.ts';
import { addPerson } from '../support/people.ts';
import { faultyThread } from '../support/relay-thread.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

const photo = 'a'.repeat(32);
let server: TestServer;
let hana: Session;
let editor: Session;
let document: string;
let honest: TestDevice;

beforeAll(async () => {
	server = await startTestServer({ relayThread: faultyThread });
	hana = await setUp(server);
	editor = await addPerson(server, hana.workspace, 'editor');
	document = `event/${await makeEvent(hana)}`;
	honest = await openDevice([server.url], hana.cookie, document);
	honest.replica.doc.getMap('photos').set(photo, photoFacts(hana.userId));
	await until('saved', () => honest.replica.waiting() === 0);
});
afterAll(async () => {
	honest.destroy();
	await server.stop();
});

const open = ({ cookie }: Session, name = document) => {
	const socket = new WebSocket(`${server.url.replace('http', 'ws')}/sync/${name}?aura=1&v=2`, {
		headers: { cookie }
	});
	socket.on('error', () => {});
	const closed = new Promise<number>((done) => socket.on('close', done));
	const greeted = new Promise<void>((done) => socket.once('message', () => done()));
	return { socket, closed, greeted };
};

const edit = async (caption: string) => {
	honest.replica.doc.getMap('marks').set(`${photo}/caption`, caption);
	await until('saved', () => honest.replica.waiting() === 0, 20_000);
	const fresh = await openDevice([server.url], hana.cookie, document);
	await until('synced', () => fresh.replica.isSynced);
	expect(fresh.replica.doc.getMap('marks').get(`${photo}/caption`)).toBe(caption);
	fresh.destroy();
};

it('serves everything else while the thread hangs, ends it, and saves what was made meanwhile', async () => {
	const bad = open(editor);
	await bad.greeted;
	bad.socket.send(Buffer.from('hang'));
	const made = edit('while it hung');
	const { members } = await hana.json<{ members: unknown[] }>(
		'GET',
		`/api/workspaces/${hana.workspace}/members`
	);
	expect(members).toHaveLength(2);
	expect(await bad.closed).toBe(closeCodes.unavailable);
	await made;
	expect(server.reports.map(String).join()).toContain(`${document}, read from ${editor.userId}`);
	// whoever did it waits for this document, and for no other one
	expect(await open(editor).closed).toBe(closeCodes.unavailable);
	const other = open(editor, `workspace/${hana.workspace}`);
	await other.greeted;
	other.socket.close();
}, 60_000);

it('begins a thread anew that ended, and answers what was asked of it with "unavailable"', async () => {
	const bad = open(hana, `workspace/${hana.workspace}`);
	await bad.greeted;
	bad.socket.send(Buffer.from('exit'));
	expect(await bad.closed).toBe(closeCodes.unavailable);
	const answers = await Promise.all(
		Array.from({ length: 5 }, () =>
			hana.request('POST', `/api/workspaces/${hana.workspace}/projects`, {
				type: 'event',
				name: 'Meanwhile',
				date: '2026-01-19'
			})
		)
	);
	for (const { status } of answers) expect([201, 503]).toContain(status);
	await edit('after it ended');
}, 60_000);
