// One editor clears a whole event, and one click puts it back (hostile case 87).
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as Y from 'yjs';
import type { DocumentAuthor } from '#shared/documents/authors.ts';
import type { StretchOfEvent } from '#shared/documents/history.ts';
import { clientOf } from '../../sync/documents/author.ts';
import { makeSnapshot } from '../../server/relay/snapshots.ts';
import {
	type Session,
	type StockClient,
	makeEvent,
	openStockClient,
	photoFacts,
	setUp,
	until
} from '../support/client.ts';
import { addPerson, otherStudio } from '../support/people.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

const PHOTOS = 2_500;
const photos = Array.from({ length: PHOTOS }, (_, at) => at.toString(16).padStart(32, '0'));
let server: TestServer;
let hana: Session;
let editor: Session;
let event: string;
let path: string;

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	editor = await addPerson(server, hana.workspace, 'editor');
	event = await makeEvent(hana);
	path = `/api/workspaces/${hana.workspace}/events/${event}/history`;
});
afterAll(async () => {
	expect(server.reports).toEqual([]);
	await server.stop();
});

const open = ({ cookie }: Session) =>
	openStockClient(server.url, cookie, `event/${event}`, { aura: true });
const saved = ({ doc, saved }: StockClient) =>
	until(
		'it is saved',
		() => (saved().get(doc.clientID) ?? 0) >= Y.getState(doc.store, doc.clientID),
		30_000
	);
const stretches = async () =>
	(await hana.json<{ stretches: StretchOfEvent[] }>('GET', path)).stretches;
const takeBack = (stretch: StretchOfEvent) =>
	hana.json<{ restored: number; kept: number }>('POST', `${path}/take-back`, {
		author: stretch.author.id,
		kind: stretch.kind,
		from: stretch.from,
		to: stretch.to
	});
const contentOf = ({ doc }: StockClient) => ({
	photos: doc.getMap('photos').toJSON(),
	marks: doc.getMap('marks').toJSON()
});

it('puts back what an editor has cleared, for everybody, but for what was changed since', async () => {
	const studio = open(hana);
	await studio.synced;
	studio.doc.transact(() => {
		for (const photo of photos) {
			studio.doc.getMap('photos').set(photo, photoFacts(hana.userId));
			studio.doc.getMap('marks').set(`${photo}/rating`, 4);
		}
	});
	await saved(studio);
	const before = contentOf(studio);
	// a snapshot in between takes nothing from the history
	await makeSnapshot(server.database, `event/${event}`, 1);

	const bad = open(editor);
	await bad.synced;
	bad.doc.transact(() => {
		for (const photo of photos) {
			bad.doc.getMap('photos').set(photo, null);
			bad.doc.getMap('marks').set(`${photo}/rating`, null);
		}
	});
	await saved(bad);
	bad.destroy();
	const [first] = photos;
	await until('it is gone', () => studio.doc.getMap('photos').get(first!) === null);
	studio.doc.getMap('marks').set(`${first}/rating`, 1);
	await saved(studio);

	const [, cleared] = await stretches();
	expect(cleared).toMatchObject({
		author: { id: editor.userId },
		kind: 'removals',
		removed: PHOTOS,
		cleared: PHOTOS,
		added: 0,
		changed: 0
	});
	expect(await takeBack(cleared!)).toEqual({ restored: 2 * PHOTOS - 1, kept: 1 });
	before.marks[`${first}/rating`] = 1;
	const fresh = open(hana);
	await fresh.synced;
	expect(contentOf(fresh)).toEqual(before);
	await until('everybody has it', () => studio.doc.getMap('photos').get(first!) !== null);
	const { photos: rows } = await hana.json<{ photos: { rating: number }[] }>(
		'GET',
		`/api/workspaces/${hana.workspace}/events/${event}/photos`
	);
	expect(rows.map(({ rating }) => rating).filter((rating) => rating === 4)).toHaveLength(
		PHOTOS - 1
	);
	// again it changes nothing
	expect(await takeBack(cleared!)).toEqual({ restored: 0, kept: 1 });
	const { entries } = await hana.json<{ entries: { action: string }[] }>(
		'GET',
		`/api/workspaces/${hana.workspace}/audit`
	);
	expect(entries.filter(({ action }) => action === 'event.take_back')).toHaveLength(2);
	studio.destroy();
	fresh.destroy();
}, 60_000);

it('shows nothing to who may not see it, and takes back nothing of another document', async () => {
	expect((await editor.request('GET', path)).status).toBe(403);
	expect((await (await otherStudio(server)).request('GET', path)).status).toBe(404);
	const empty = await makeEvent(hana, 'Empty');
	const [theirs] = await stretches();
	const answer = await hana.json<object>(
		'POST',
		`/api/workspaces/${hana.workspace}/events/${empty}/history/take-back`,
		{ author: theirs!.author.id, kind: theirs!.kind, from: 1, to: theirs!.to }
	);
	expect(answer).toEqual({ restored: 0, kept: 0 });
});

it('tells whose mark it is, to everybody who sees it, also after a device came anew', async () => {
	const id = await makeEvent(hana, 'Authors');
	const [theirs, mine] = [editor, hana].map(({ cookie }) =>
		openStockClient(server.url, cookie, `event/${id}`, { aura: true })
	) as [StockClient, StockClient];
	await Promise.all([theirs.synced, mine.synced]);
	const photo = photos[0]!;
	mine.doc.getMap('photos').set(photo, photoFacts(hana.userId));
	mine.doc.getMap('marks').set(`${photo}/rating`, 2);
	await saved(mine);
	await until('her stars', () => theirs.doc.getMap('marks').get(`${photo}/rating`) === 2);
	theirs.doc.getMap('marks').set(`${photo}/rating`, 5);
	await saved(theirs);
	await makeSnapshot(server.database, `event/${id}`, 1);

	const fresh = openStockClient(server.url, hana.cookie, `event/${id}`, { aura: true });
	await fresh.synced;
	const { authors } = await editor.json<{ authors: DocumentAuthor[] }>(
		'GET',
		`/api/workspaces/${hana.workspace}/events/${id}/authors`
	);
	const by = (root: string, key: string) => {
		const client = clientOf(fresh.doc.getMap(root), key)!;
		return authors.find(({ clients }) => clients.includes(client));
	};
	expect(by('marks', `${photo}/rating`)).toMatchObject({ id: editor.userId, name: 'Somebody' });
	expect(by('photos', photo)).toMatchObject({ id: hana.userId, name: 'Hana Alemu' });
	for (const client of [theirs, mine, fresh]) client.destroy();
});
