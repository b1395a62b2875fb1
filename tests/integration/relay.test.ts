import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import * as Y from 'yjs';
import { verifyProjections } from '../../server/relay/rebuild.ts';
import {
	type Session,
	makeEvent,
	openStockClient,
	photoFacts,
	setUp,
	until
} from '../support/client.ts';
import { openDevice } from '../support/device.ts';
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

const open = (document = `event/${event}`, options: { aura?: boolean; doc?: Y.Doc } = {}) =>
	openStockClient(server.url, hana.cookie, document, options);
const photo = 'a'.repeat(32);

describe('the relay', () => {
	it('brings an edit of a stock y-websocket client to another one, and to the database', async () => {
		const [first, second] = [open(), open()];
		await Promise.all([first.synced, second.synced]);
		first.doc.getMap('photos').set(photo, photoFacts(hana.userId));
		first.doc.getMap('marks').set(`${photo}/rating`, 4);
		await until('the edit', () => second.doc.getMap('marks').get(`${photo}/rating`) === 4);
		await until('the row', async () => {
			const { photos } = await hana.json<{ photos: { id: string; rating: number }[] }>(
				'GET',
				`/api/workspaces/${hana.workspace}/events/${event}/photos`
			);
			return photos.some(({ id, rating }) => id === photo && rating === 4);
		});
		first.destroy();
		second.destroy();
	});

	it('puts the clocks of cameras right: of photos that are there, and of those that come', async () => {
		const inOrder = await makeEvent(hana, 'Two cameras');
		const client = open(`event/${inOrder}`);
		await client.synced;
		const shot = (name: string, camera: string, time: string, cameraId?: string) => {
			const facts = photoFacts(hana.userId, {
				name,
				camera,
				takenAt: `2026-01-19T${time}`,
				...(cameraId ? { cameraId } : {})
			});
			client.doc.getMap('photos').set(facts.sha256.slice(0, 32), facts);
		};
		const listed = async () => {
			const { photos } = await hana.json<{ photos: { name: string; takenAt: string }[] }>(
				'GET',
				`/api/workspaces/${hana.workspace}/events/${inOrder}/photos`
			);
			return photos.map(({ name, takenAt }) => `${name} ${takenAt.slice(11)}`).join(', ');
		};
		const is = async (wanted: string) => {
			await until(wanted, async () => (await listed()) === wanted);
		};
		shot('a', 'Right', '10:00:00');
		shot('b', 'Slow', '09:00:05');
		shot('c', 'Slow', '09:00:05', '0123456789ab');
		await is('b 09:00:05, c 09:00:05, a 10:00:00');
		client.doc.getMap('clocks').set('name/Slow', 3600);
		await is('c 09:00:05, a 10:00:00, b 10:00:05');
		client.doc.getMap('clocks').set('0123456789ab', 3590);
		shot('d', 'Slow', '08:59:59');
		await is('c 09:59:55, d 09:59:59, a 10:00:00, b 10:00:05');
		client.doc.getMap('clocks').set('name/Slow', null);
		await is('d 08:59:59, b 09:00:05, c 09:59:55, a 10:00:00');
		expect(await verifyProjections(server.database)).toEqual([]);
		client.destroy();
	});

	it('keeps both edits when two devices change different fields offline', async () => {
		const [first, second] = [open(), open()];
		await Promise.all([first.synced, second.synced]);
		first.provider.disconnect();
		second.provider.disconnect();
		first.doc.getMap('marks').set(`${photo}/rating`, 5);
		second.doc.getMap('marks').set(`${photo}/flag`, 'pick');
		first.provider.connect();
		second.provider.connect();
		for (const { doc } of [first, second])
			await until('both edits', () => {
				const marks = doc.getMap('marks');
				return marks.get(`${photo}/rating`) === 5 && marks.get(`${photo}/flag`) === 'pick';
			});
		first.destroy();
		second.destroy();
	});

	it('says saved only with a state vector that a fresh client then finds', async () => {
		const client = open(undefined, { aura: true });
		await client.synced;
		client.doc.getMap('marks').set(`${photo}/caption`, 'On the lake');
		const clock = Y.getState(client.doc.store, client.doc.clientID);
		await until('saved', () => (client.saved().get(client.doc.clientID) ?? 0) >= clock);
		client.destroy();
		const fresh = open();
		await fresh.synced;
		expect(fresh.doc.getMap('marks').get(`${photo}/caption`)).toBe('On the lake');
		fresh.destroy();
	});

	it.each([
		['an unknown root', (doc: Y.Doc) => doc.getMap('prices').set('x', 1)],
		['a key out of grammar', (doc: Y.Doc) => doc.getMap('marks').set('../rating', 1)],
		['a value beyond the schema', (doc: Y.Doc) => doc.getMap('marks').set(`${photo}/rating`, 6)],
		[
			'what only the server writes',
			(doc: Y.Doc) => doc.getMap('stored').set(photo, { files: 15, faces: 1 })
		],
		[
			'another author',
			(doc: Y.Doc) =>
				doc.getMap('photos').set('b'.repeat(32), photoFacts('00000000-0000-4000-8000-000000000000'))
		]
	])('closes a stock client that writes %s with 4403', async (_, edit) => {
		const client = open();
		await client.synced;
		edit(client.doc);
		expect(await client.closed).toBe(4403);
		client.destroy();
	});

	it('refuses one edit of our own client and keeps the others of the same update', async () => {
		const client = open(undefined, { aura: true });
		await client.synced;
		client.doc.transact(() => {
			client.doc.getMap('marks').set(`${photo}/rating`, 99);
			client.doc.getMap('marks').set(`${photo}/flag`, 'reject');
		});
		const fresh = open();
		await until(
			'the allowed edit',
			() => fresh.doc.getMap('marks').get(`${photo}/flag`) === 'reject'
		);
		expect(fresh.doc.getMap('marks').get(`${photo}/rating`)).toBe(5);
		client.doc.getMap('marks').set(`${photo}/caption`, 'and goes on');
		await until(
			'the next edit',
			() => fresh.doc.getMap('marks').get(`${photo}/caption`) === 'and goes on'
		);
		client.destroy();
		fresh.destroy();
		const { refusals } = await hana.json<{
			refusals: { author: object; place: string; changes: object[] }[];
		}>('GET', `/api/workspaces/${hana.workspace}/refusals`);
		expect(refusals).toMatchObject([
			{
				author: { id: hana.userId, name: 'Hana Alemu' },
				place: 'Timket 2026',
				changes: [{ root: 'marks', key: `${photo}/rating`, value: '99', reason: 'value' }]
			}
		]);
	});

	it('closes a connection that sends nested types, random bytes or text', async () => {
		const nested = open();
		await nested.synced;
		nested.doc.getMap('photos').set(photo, new Y.Map());
		expect(await nested.closed).toBe(4400);
		nested.destroy();
		for (const payload of [Buffer.from([0, 2, 200, 1, 7, 7, 7]), Buffer.from([9, 9, 9]), 'hello']) {
			const socket = new WebSocket(`${server.url.replace('http', 'ws')}/sync/event/${event}`, {
				headers: { cookie: hana.cookie }
			});
			const code = await new Promise<number>((done) => {
				socket.on('open', () => socket.send(payload));
				socket.on('close', done);
			});
			expect([4400, 1003]).toContain(code);
		}
		const other = open();
		await other.synced;
		other.destroy();
	});

	it('answers a gap with its state and takes nothing before the missing piece came', async () => {
		const source = new Y.Doc();
		const updates: Uint8Array[] = [];
		source.on('update', (update: Uint8Array) => updates.push(update));
		source.getMap('marks').set(`${photo}/caption`, 'first');
		source.getMap('marks').set(`${photo}/caption`, 'second');
		const received: number[][] = [];
		const socket = new WebSocket(`${server.url.replace('http', 'ws')}/sync/event/${event}`, {
			headers: { cookie: hana.cookie }
		});
		// who is here may be told in between
		socket.on(
			'message',
			(data) => (data as Buffer)[0] === 0 && received.push([...(data as Buffer)])
		);
		await new Promise((done) => socket.on('open', done));
		await until('the first step', () => received.length > 0);
		socket.send(Buffer.concat([Buffer.from([0, 2, updates[1]!.length]), updates[1]!]));
		await until('a question for the missing part', () => received.length > 1);
		expect(received[1]!.slice(0, 2)).toEqual([0, 0]);
		socket.close();
	});

	it('hears nothing while it rests, and everything once it edits', async () => {
		const resting = await openDevice([server.url], hana.cookie, `event/${event}`);
		const marks = resting.replica.doc.getMap('marks');
		await until('connected', () => resting.link.state() === 'connected');
		resting.link.rest();
		const other = open(undefined, { aura: true });
		await other.synced;
		other.doc.getMap('marks').set(`${photo}/caption`, 'while it rested');
		await until('saved', () => other.saved().has(other.doc.clientID));
		expect(resting.link.state()).toBe('connected');
		expect(marks.get(`${photo}/caption`)).not.toBe('while it rested');
		marks.set(`${photo}/rating`, 1);
		await until('saved', () => resting.replica.waiting() === 0);
		await until('what it missed', () => marks.get(`${photo}/caption`) === 'while it rested');
		await until('its edit', () => other.doc.getMap('marks').get(`${photo}/rating`) === 1);
		resting.destroy();
		other.destroy();
	});

	it('closes with 4401 without a session and 4404 for a document that is not one of theirs', async () => {
		const nobody = openStockClient(server.url, '', `event/${event}`);
		expect(await nobody.closed).toBe(4401);
		nobody.destroy();
		for (const name of [
			'event/00000000-0000-4000-8000-000000000000',
			'event/../workspace',
			`event/${event}/x`,
			'x'.repeat(2000)
		]) {
			const client = open(name);
			expect(await client.closed).toBe(4404);
			client.destroy();
		}
	});

	it('refuses a WebSocket from a foreign page before the upgrade', async () => {
		const socket = new WebSocket(`${server.url.replace('http', 'ws')}/sync/event/${event}`, {
			headers: { cookie: hana.cookie, origin: 'https://evil.example' }
		});
		const status = await new Promise((done) => socket.on('error', (error) => done(error.message)));
		expect(status).toContain('403');
	});

	it('never reported an unexpected failure', () => {
		expect(server.reports).toEqual([]);
	});
});
