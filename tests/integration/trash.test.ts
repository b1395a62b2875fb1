import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Trash } from '#shared/trash/trash.ts';
import { verifyProjections } from '../../server/relay/rebuild.ts';
import { verifyStorage } from '../../server/features/files/verify.ts';
import { sweepTrash } from '../../server/features/trash/service.ts';
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
import { padded } from '../support/noise.ts';
import { samplePhoto } from '../support/paths.ts';
import { type TestServer, startTestServer } from '../support/server.ts';
import { type Content, hashOf, readStored, sendFile } from '../support/upload.ts';

let server: TestServer;
let hana: Session;
let editor: Session;
let photographer: Session;
let event: string;
let other: string;
const sample = new Uint8Array(readFileSync(samplePhoto(1)));
const contents: Content[] = [];
const clients = new Map<string, StockClient>();

const documentOf = async (id: string): Promise<StockClient> => {
	const known = clients.get(id);
	if (known) return known;
	const client = openStockClient(server.url, hana.cookie, `event/${id}`);
	clients.set(id, client);
	await client.synced;
	return client;
};
const at = (path: string) => `/api/workspaces/${hana.workspace}${path}`;
const readTrash = (who = hana) => who.json<Trash>('GET', at('/trash'));
const listed = async (of = event) =>
	(await hana.json<{ photos: { id: string }[] }>('GET', at(`/events/${of}/photos`))).photos
		.map(({ id }) => id)
		.sort();
const bytes = async () => {
	const [row] = await server.database.tenant(hana.workspace, (queries) =>
		queries.query<{ bytes: string }>(`select bytes from workspace_bytes`)
	);
	return Number(row!.bytes);
};
const post = (what: 'restore' | 'purge', body: unknown, who = hana) =>
	who.request('POST', at(`/trash/${what}`), body);
const refs = (photos: Content[]) => ({
	photos: photos.map(({ event: of, photo }) => ({ event: of, photo }))
});
/** Moves photos to the trash as a device does. */
async function trash(photos: Content[]): Promise<void> {
	for (const { event: of, photo } of photos)
		(await documentOf(of)).doc
			.getMap('trash')
			.set(photo, { at: '2019-05-01T10:00:00.000Z', by: hana.userId });
	await until('they are in the trash', async () => {
		const found = await readTrash();
		return photos.every(({ photo }) => found.photos.some((each) => each.photo === photo));
	});
}
const sweep = () =>
	sweepTrash({ database: server.database, relay: server.relay, storage: server.storage }, (error) =>
		server.reports.push(error)
	);

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	editor = await addPerson(server, hana.workspace, 'editor');
	photographer = await addPerson(server, hana.workspace, 'photographer');
	event = await makeEvent(hana);
	other = await makeEvent(hana, 'Album');
	for (let seed = 0; seed < 5; seed++) {
		const original = padded(sample, 50_000, seed);
		const sha256 = hashOf(original);
		const photo = sha256.slice(0, 32);
		for (const of of seed === 0 ? [event, other] : [event]) {
			const { doc } = await documentOf(of);
			doc
				.getMap('photos')
				.set(
					photo,
					photoFacts(hana.userId, { sha256, size: original.length, name: `IMG_${seed}.jpg` })
				);
			doc.getMap('marks').set(`${photo}/rating`, 4);
			const content: Content = { event: of, photo, kind: 'original', bytes: original };
			contents.push(content);
			expect(await sendFile(hana, content)).toBeNull();
		}
	}
	await until('the photos', async () => (await listed()).length === 5);
});
afterAll(async () => {
	for (const client of clients.values()) client.destroy();
	await server.stop();
});

it('takes photos out of sight, says who and since when, and puts them back with all marks', async () => {
	const [shared, , first] = contents as [Content, Content, Content];
	await trash([shared, first]);
	expect(await listed()).toHaveLength(3);
	expect(await listed(other)).toHaveLength(1);
	const found = await readTrash(editor);
	expect(found).toMatchObject({ days: 30, isAll: true, projects: [] });
	const row = found.photos.find(({ photo }) => photo === first.photo)!;
	expect(row).toMatchObject({
		event,
		eventName: 'Timket 2026',
		name: 'IMG_1.jpg',
		by: { id: hana.userId, name: 'Hana Alemu' },
		bytes: first.bytes.length
	});
	// the device's clock was years behind: the server's own counts
	expect(Date.parse(row.goesAt)).toBeGreaterThan(Date.now() + 29 * 86_400_000);
	// another event shows the same file: nothing would be free
	expect(found.photos.find(({ photo }) => photo === shared.photo)!.bytes).toBe(0);

	const answer = await post('restore', refs([shared, first]), editor);
	expect(await answer.json()).toEqual({ photos: 2, projects: 0 });
	expect(await listed()).toHaveLength(5);
	expect((await documentOf(event)).doc.getMap('marks').get(`${first.photo}/rating`)).toBe(4);
	expect((await readTrash()).photos).toEqual([]);
});

it('is for those whom the table allows: editors restore, admins remove, photographers see nothing of it', async () => {
	const [shared] = contents as [Content];
	expect((await photographer.request('GET', at('/trash'))).status).toBe(403);
	expect((await post('restore', refs([shared]), photographer)).status).toBe(403);
	expect((await post('purge', { ...refs([shared]), reason: 'x' }, editor)).status).toBe(403);
	for (const body of [refs([shared]), { ...refs([shared]), reason: ' ' }, { reason: 'x' }])
		expect((await post('purge', body)).status).toBe(422);
	// what is not in the trash is not removed by somebody who names it
	const answer = await post('purge', { ...refs([shared]), reason: 'not there' });
	expect(await answer.json()).toEqual({ photos: 0, projects: 0 });
	expect(await listed()).toHaveLength(5);
});

it('removes for good with a reason: keys, rows, faces and bytes; not those that another event shows', async () => {
	const [shared, , first] = contents as [Content, Content, Content];
	const before = await bytes();
	await trash([shared, first]);
	const answer = await post('purge', { ...refs([shared, first]), reason: 'The client asked' });
	expect(await answer.json()).toEqual({ photos: 2, projects: 0 });
	expect((await readTrash()).photos).toEqual([]);
	expect(before - (await bytes())).toBe(first.bytes.length);
	expect(await readStored(hana, { ...shared, event: other })).toHaveLength(shared.bytes.length);
	const { doc } = await documentOf(event);
	await until('the document says so', () => doc.getMap('photos').get(first.photo) === null);
	for (const root of ['trash', 'stored']) expect(doc.getMap(root).get(first.photo)).toBeNull();
	expect(doc.getMap('marks').get(`${first.photo}/rating`)).toBeNull();
	const { differences } = await verifyStorage(server.database, server.storage, {
		isDeep: true,
		now: () => Date.now() + 1e9
	});
	expect(differences).toEqual([]);
	const { entries } = await hana.json<{ entries: { action: string; after: unknown }[] }>(
		'GET',
		at('/audit?kind=trash')
	);
	expect(entries[0]).toMatchObject({
		action: 'trash.purge',
		subject: '2 photos of Timket 2026',
		after: { reason: 'The client asked', photos: 'IMG_0.jpg, IMG_1.jpg' }
	});
	// somebody imports it again: it is there as if nothing had been
	doc.getMap('photos').set(first.photo, photoFacts(hana.userId, { sha256: hashOf(first.bytes) }));
	expect(await sendFile(hana, first)).toBeNull();
	expect(await listed()).toContain(first.photo);
});

it('goes for good by itself after the days that the workspace says, by the clock of the server', async () => {
	const [, , , second, third] = contents as Content[];
	await trash([second!, third!]);
	await sweep();
	expect((await readTrash()).photos).toHaveLength(2);
	const settings = { trashDays: 2 };
	await hana.json('PUT', at(''), { name: 'Studio Abeba', slug: 'studio-abeba', settings });
	expect((await readTrash()).days).toBe(2);
	await server.database.tenant(hana.workspace, (queries) =>
		queries.query(`update trashed set heard_at = now() - interval '3 days' where photo_id = $1`, [
			second!.photo
		])
	);
	// what makes the rows again keeps since when
	expect(await verifyProjections(server.database)).toEqual([]);
	const before = await bytes();
	await sweep();
	expect((await readTrash()).photos.map(({ photo }) => photo)).toEqual([third!.photo]);
	expect(before - (await bytes())).toBe(second!.bytes.length);
	expect(server.reports).toEqual([]);
});

it('holds projects with everything in them; restored, they find their name taken', async () => {
	const project = (path: string) => at(`/projects${path}`);
	const folder = await hana.json<{ id: string }>('POST', project(''), {
		type: 'folder',
		name: 'Weddings'
	});
	const inside = await hana.json<{ id: string }>('POST', project(''), {
		type: 'event',
		name: 'Sara and Abel',
		parent: folder.id
	});
	const original = padded(sample, 50_000, 77);
	const content: Content = {
		event: inside.id,
		photo: hashOf(original).slice(0, 32),
		kind: 'original',
		bytes: original
	};
	const { doc } = await documentOf(inside.id);
	doc
		.getMap('photos')
		.set(content.photo, photoFacts(hana.userId, { sha256: hashOf(original), size: 9 }));
	expect(await sendFile(hana, content)).toBeNull();
	await hana.request('DELETE', project(`/${folder.id}`));
	await until('it is there', async () => (await readTrash()).projects.length === 1);
	expect((await readTrash()).projects).toMatchObject([
		{
			id: folder.id,
			name: 'Weddings',
			photos: 1,
			bytes: original.length,
			by: { id: hana.userId }
		}
	]);
	await hana.json('POST', project(''), { type: 'folder', name: 'weddings' });
	expect(await (await post('restore', { projects: [folder.id] })).json()).toEqual({
		photos: 0,
		projects: 1
	});
	const restored = await hana.json<{ name: string }>('GET', project(`/${folder.id}`));
	expect(restored.name).toMatch(/^Weddings \(restored \d{4}-\d\d-\d\d \d\d:\d\d\)$/);

	await hana.request('DELETE', project(`/${folder.id}`));
	const before = await bytes();
	const answer = await post('purge', { projects: [folder.id], reason: 'Cancelled' });
	expect(await answer.json()).toEqual({ photos: 0, projects: 1 });
	for (const id of [folder.id, inside.id])
		expect((await hana.request('GET', project(`/${id}`))).status).toBe(404);
	expect(before - (await bytes())).toBe(original.length);
	expect((await readTrash()).projects).toEqual([]);
	expect(await verifyProjections(server.database)).toEqual([]);
	expect(server.reports).toEqual([]);
});

it('goes on after a crash between the rows and the bytes', async () => {
	const [, , , , third] = contents as Content[];
	await server.database.tenant(hana.workspace, async (queries) => {
		await queries.query(`delete from photo_files where photo_id = $1`, [third!.photo]);
		await queries.query(`delete from assets where sha256 = $1`, [hashOf(third!.bytes)]);
	});
	const left = async () => {
		const later = { now: () => Date.now() + 1e9 };
		return (await verifyStorage(server.database, server.storage, later)).differences.length;
	};
	expect(await left()).toBe(1);
	await sweep();
	expect(await left()).toBe(0);
});
