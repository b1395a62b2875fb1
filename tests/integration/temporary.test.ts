import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Temporary } from '#shared/temporary/temporary.ts';
import type { Trash } from '#shared/trash/trash.ts';
import { sweepTemporary } from '../../server/features/temporary/service.ts';
import { createMailer } from '../../server/mail/mailer.ts';
import { verifyProjections } from '../../server/relay/rebuild.ts';
import {
	type Session,
	type StockClient,
	makeEvent,
	openStockClient,
	photoFacts,
	setUp,
	until
} from '../support/client.ts';
import { addPerson } from '../support/people.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

let server: TestServer;
let hana: Session;
let photographer: Session;
let event: string;
let client: StockClient;
let count = 0;

const at = (path: string) => `/api/workspaces/${hana.workspace}${path}`;
const waiting = () => hana.json<Temporary>('GET', at('/temporary'));
const trash = async () => (await hana.json<Trash>('GET', at('/trash'))).photos;
const listed = async () =>
	(
		await hana.json<{ photos: { id: string; source: string; isTemporary: boolean }[] }>(
			'GET',
			at(`/events/${event}/photos`)
		)
	).photos;
const query = <Row extends object>(sql: string, parameters: string[] = []) =>
	server.database.tenant(hana.workspace, (queries) => queries.query<Row>(sql, parameters));
/** As if days had passed since the server heard of the photos, and since it warned. */
const pass = (days: number) =>
	query(
		`update temporary_photos set heard_at = heard_at - make_interval(days => $1::int),
		 	warned_at = warned_at - make_interval(days => $1::int)`,
		[String(days)]
	);
const letters = async (): Promise<string[]> => {
	const folder = join(server.dataDir, 'temporary-mail');
	const names = await readdir(folder).catch(() => []);
	const texts = await Promise.all(names.sort().map((name) => readFile(join(folder, name), 'utf8')));
	return texts.map((text) => text.replaceAll('=\n', ''));
};
const sweep = async () => {
	const report = (error: unknown) => void server.reports.push(error);
	const { database, relay } = server;
	const folder = join(server.dataDir, 'temporary-mail');
	const mailer = createMailer(undefined, 'aura@localhost', folder, report);
	await sweepTemporary({ database, relay, mailer, origin: 'https://studio.example' }, report);
	expect(server.reports).toEqual([]);
};
/** Photos as a device at an event imports them. @returns their ids */
async function importPhotos(number: number): Promise<string[]> {
	const ids: string[] = [];
	for (let n = 0; n < number; n++) {
		const facts = { ...photoFacts(hana.userId), source: 'event_temp' };
		ids.push(facts.sha256.slice(0, 32));
		client.doc.getMap('photos').set(ids.at(-1)!, facts);
	}
	await until('the server knows them', async () => {
		const known = new Set((await listed()).map(({ id }) => id));
		return ids.every((id) => known.has(id));
	});
	return ids;
}
const approve = async (photo: string, value: object | null, isOver: () => Promise<boolean>) => {
	client.doc.getMap('approved').set(photo, value);
	await until('the server knows', isOver);
};
const approval = () => ({ at: '2019-05-01T10:00:00.000Z', by: hana.userId });
const isTemporary = async (photo: string) =>
	(await listed()).find(({ id }) => id === photo)?.isTemporary;

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	photographer = await addPerson(server, hana.workspace, 'photographer');
});
beforeEach(async () => {
	event = await makeEvent(hana, `Event ${++count}`);
	client = openStockClient(server.url, hana.cookie, `event/${event}`);
	await client.synced;
	return async () => {
		client.destroy();
		await query(`delete from temporary_photos where event_id::text = $1`, [event]);
	};
});
afterAll(() => server.stop());

it('says what waits for approval, and until when; what is approved stays', async () => {
	const [first, second] = await importPhotos(2);
	const { days, events } = await waiting();
	expect(days).toBe(30);
	expect(events).toMatchObject([{ event, photos: 2 }]);
	const left = Date.parse(events[0]!.goesAt) - Date.now();
	expect(left / 86_400_000).toBeGreaterThan(29.9);
	expect(await listed()).toMatchObject([
		{ source: 'event_temp', isTemporary: true },
		{ source: 'event_temp', isTemporary: true }
	]);
	await approve(first!, approval(), async () => (await isTemporary(first!)) === false);
	expect((await waiting()).events).toMatchObject([{ photos: 1 }]);
	for (const days of [24, 6, 3]) {
		await pass(days);
		await sweep();
	}
	expect((await trash()).map(({ photo }) => photo)).toEqual([second]);
	expect(await verifyProjections(server.database)).toEqual([]);
});

it('warns everybody who may approve, at seven days and at one, once each', async () => {
	const before = (await letters()).length;
	const fresh = async () => (await letters()).slice(before);
	await importPhotos(3);
	await pass(20);
	await sweep();
	expect(await fresh()).toEqual([]);
	await pass(4);
	await sweep();
	await sweep();
	const first = await fresh();
	expect(first).toHaveLength(1);
	expect(first[0]).toContain('To: hana@example.com');
	expect(first[0]).toContain('3 photos of Event');
	expect(first[0]).toContain(`https://studio.example/admin/events/${event}`);
	await pass(5);
	await sweep();
	await sweep();
	expect(await fresh()).toHaveLength(2);
	expect(await trash()).not.toContainEqual(expect.objectContaining({ event }));
	await pass(2);
	await sweep();
	await sweep();
	expect(await fresh()).toHaveLength(2);
	const gone = (await trash()).filter((photo) => photo.event === event);
	expect(gone).toHaveLength(3);
	expect(gone[0]!.by).toBeNull();
	const log = await query<{ action: string; after: unknown }>(
		`select action, after from audit_log where action like 'temporary.%' and subject = (
		 	select name from projects where id::text = $1) order by id`,
		[event]
	);
	expect(log).toEqual([
		{ action: 'temporary.warn', after: { photos: 3, days: 7 } },
		{ action: 'temporary.warn', after: { photos: 3, days: 1 } },
		{ action: 'temporary.trash', after: { photos: 3, days: 30 } }
	]);
});

it('takes nothing of which nobody was warned: a server that was away for months, or a clock that jumped', async () => {
	const before = (await letters()).length;
	await importPhotos(1);
	await pass(200);
	await sweep();
	await sweep();
	expect(await trash()).not.toContainEqual(expect.objectContaining({ event }));
	expect(await letters()).toHaveLength(before + 1);
	await pass(2);
	await sweep();
	expect(await trash()).toContainEqual(expect.objectContaining({ event }));
});

it('gives what is restored, and what is approved no more, all of its time again', async () => {
	const [restored, withdrawn] = await importPhotos(2);
	for (const days of [29, 2]) {
		await pass(days);
		await sweep();
	}
	const inTrash = async () => (await trash()).filter((photo) => photo.event === event).length;
	expect(await inTrash()).toBe(2);
	client.doc.getMap('trash').set(restored!, null);
	client.doc.getMap('trash').set(withdrawn!, null);
	await until('they are back', async () => (await inTrash()) === 0);
	await approve(withdrawn!, approval(), async () => (await isTemporary(withdrawn!)) === false);
	await pass(300);
	await approve(withdrawn!, null, async () => (await isTemporary(withdrawn!)) === true);
	const rows = await query<{ photo_id: string; fresh: boolean }>(
		`select photo_id, heard_at > now() - interval '1 hour' and warned = 0 as fresh from temporary_photos
		 where event_id::text = $1`,
		[event]
	);
	expect(rows.find(({ photo_id }) => photo_id === withdrawn)).toMatchObject({ fresh: true });
	// it was back before those days passed
	expect(rows.find(({ photo_id }) => photo_id === restored)).toMatchObject({ fresh: false });
});

it('lets the time of an event in the trash stand still', async () => {
	await importPhotos(1);
	await pass(29);
	await sweep();
	await hana.request('DELETE', at(`/projects/${event}`));
	await pass(5);
	await sweep();
	await hana.request('POST', at(`/projects/${event}/restore`));
	await sweep();
	expect(await isTemporary((await listed())[0]!.id)).toBe(true);
	expect(Date.parse((await waiting()).events[0]!.goesAt) - Date.now()).toBeGreaterThan(
		29 * 86_400_000
	);
});

it('goes by the days that the workspace sets', async () => {
	await importPhotos(1);
	const { slug, name } = await hana.json<{ slug: string; name: string }>('GET', at(''));
	const set = (settings: object) =>
		hana.json('PUT', at(''), { slug, name, budgetUsd: null, settings });
	await set({ temporaryDays: 90 });
	expect((await waiting()).days).toBe(90);
	await pass(60);
	await sweep();
	expect((await waiting()).events).toMatchObject([{ photos: 1 }]);
	await set({});
	expect((await waiting()).days).toBe(30);
});

it('lets a photographer bring photos for the time being, and not approve them', async () => {
	const response = await photographer.request('GET', at('/temporary'));
	expect(response.status).toBe(403);
});
