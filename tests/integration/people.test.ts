// Who is who, on the server: faces that devices sent, what people said of them in documents, and what comes of both.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { distanceOf } from '#shared/faces/geometry.ts';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { type Box, readSidecar, writeSidecar } from '#shared/faces/sidecar.ts';
import { faceKey, placeOf } from '#shared/people/faces.ts';
import type { ForgetRequest, ListedPerson, PersonPage } from '#shared/people/listing.ts';
import { stripForgotten } from '../../server/features/people/forget.ts';
import { rebuildProjections, verifyProjections } from '../../server/relay/rebuild.ts';
import { seededRandom } from '../simulation/world.ts';
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
import { addressOfFile, sendFile } from '../support/upload.ts';

const random = seededRandom(11);
let server: TestServer;
let hana: Session;
let studio: StockClient;
let event: string;
let client: StockClient;
let open: StockClient[] = [];

const at = (path: string) => `/api/workspaces/${hana.workspace}${path}`;
const direction = (length: number): Float32Array => {
	const vector = Float32Array.from({ length: defaultEmbedder.dimensions }, () => random() - 0.5);
	const norm = Math.hypot(...vector);
	return vector.map((value) => (value / norm) * length);
};
/** How somebody looks, and a photo of them. */
const looks = () => direction(1.4);
const shot = (look: Float32Array): Float32Array => {
	const noise = direction(0.2);
	return look.map((value, d) => value + noise[d]!);
};
const left: Box = { x: 0.1, y: 0.2, width: 0.2, height: 0.3 };
const right: Box = { x: 0.6, y: 0.2, width: 0.1, height: 0.15 };

/** A photo with faces, as a device sends it. @returns its id */
async function send(
	of: { event: string; client: StockClient },
	faces: { look: Float32Array; box: Box }[],
	changes: Record<string, unknown> = {}
): Promise<string> {
	const facts = photoFacts(hana.userId, changes);
	const photo = facts.sha256.slice(0, 32);
	of.client.doc.getMap('photos').set(photo, facts);
	await sendFaces(of, photo, faces);
	return photo;
}
async function sendFaces(
	of: { event: string; client: StockClient },
	photo: string,
	faces: { look: Float32Array; box: Box }[]
): Promise<void> {
	const bytes = writeSidecar(
		{
			model: defaultEmbedder.id,
			faces: faces.map(({ look, box }) => ({
				box,
				landmarks: Array.from({ length: 12 }, () => 0.5),
				score: 0.9,
				quality: 0.8,
				embedding: shot(look)
			}))
		},
		defaultEmbedder.dimensions
	);
	await until('it is sent', async () => {
		const outcome = await sendFile(hana, { event: of.event, photo, kind: 'faces', bytes });
		return outcome === null;
	});
}
const group = async (...events: string[]) => {
	for (const each of events) await server.appearances.make(hana.workspace, each);
};
const saved = (of: StockClient) =>
	until('it is saved', () => {
		const { clientID, store } = of.doc;
		return (of.saved().get(clientID) ?? 0) >= (store.clients.get(clientID)?.length ?? 0);
	});
async function name(face: string, called: string, of = client): Promise<string> {
	const id = randomUUID();
	studio.doc.getMap('people').set(id, { by: hana.userId, createdAt: '2026-01-19T00:00:00.000Z' });
	studio.doc.getMap('personFields').set(`${id}/name`, called);
	of.doc.getMap('identified').set(face, id);
	await Promise.all([saved(studio), saved(of)]);
	return id;
}
const people = (who = hana) => who.json<ListedPerson[]>('GET', at('/people'));
const photosOf = async (person: string, who = hana) =>
	(await who.json<PersonPage>('GET', at(`/people/${person}`))).appearances.map(
		({ photo }) => photo
	);
const openDocument = (name: string, who = hana) => {
	const opened = openStockClient(server.url, who.cookie, name, { aura: true });
	open.push(opened);
	return opened;
};
async function another(called: string): Promise<{ event: string; client: StockClient }> {
	const id = await makeEvent(hana, called);
	const opened = openDocument(`event/${id}`);
	await opened.synced;
	return { event: id, client: opened };
}

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
});
beforeEach(async () => {
	studio = openDocument(`workspace/${hana.workspace}`);
	await studio.synced;
	({ event, client } = await another('Wedding'));
});
afterEach(() => {
	open.forEach((each) => each.destroy());
	open = [];
	expect(server.reports).toEqual([]);
});
afterAll(() => server.stop());

describe('who is on the photos', () => {
	it('is whom somebody named, and whoever looks like them', async () => {
		const [sara, ruth] = [looks(), looks()];
		const both = await send({ event, client }, [
			{ look: sara, box: left },
			{ look: ruth, box: right }
		]);
		const alone = await send({ event, client }, [{ look: sara, box: right }]);
		const id = await name(faceKey(both, left), 'Sara');
		await group(event);
		const { person, appearances } = await hana.json<PersonPage>('GET', at(`/people/${id}`));
		expect(person).toMatchObject({ name: 'Sara', photos: 2, events: 1, isHidden: false });
		expect(
			appearances.map(({ photo, origin, rank, share }) => [photo, origin, rank, share])
		).toEqual(
			expect.arrayContaining([
				[both, 'said', 1, expect.closeTo(0.06)],
				[alone, 'grouped', 1, expect.closeTo(0.015)]
			])
		);
		// nobody has named the other one
		expect(await people()).toHaveLength(1);
	});
	it('are those with them, as soon as both are named', async () => {
		const [sara, ruth] = [looks(), looks()];
		const faces = [
			{ look: sara, box: left },
			{ look: ruth, box: right }
		];
		const first = await send({ event, client }, faces);
		await send({ event, client }, faces);
		const saraId = await name(faceKey(first, left), 'Sara');
		const ruthId = await name(faceKey(first, right), 'Ruth');
		await group(event);
		const page = await hana.json<PersonPage>('GET', at(`/people/${saraId}`));
		expect(page.with).toEqual([{ person: ruthId, photos: 2 }]);
	});
	it('is not whom somebody said they are not', async () => {
		const sara = looks();
		const photos = [
			await send({ event, client }, [{ look: sara, box: left }]),
			await send({ event, client }, [{ look: sara, box: left }])
		];
		const id = await name(faceKey(photos[0]!, left), 'Sara');
		await group(event);
		expect(await photosOf(id)).toHaveLength(2);
		client.doc.getMap('excluded').set(`${faceKey(photos[1]!, left)}/${id}`, true);
		await saved(client);
		await group(event);
		expect(await photosOf(id)).toEqual([photos[0]]);
		// taken back
		client.doc.getMap('excluded').set(`${faceKey(photos[1]!, left)}/${id}`, null);
		await saved(client);
		await group(event);
		expect(await photosOf(id)).toHaveLength(2);
	});
	it('is known in other events, before anybody names them there', async () => {
		const sara = looks();
		const first = await send({ event, client }, [{ look: sara, box: left }]);
		const id = await name(faceKey(first, left), 'Sara');
		const later = await another('Christening');
		const photo = await send(later, [{ look: sara, box: right }]);
		await group(event, later.event);
		const { appearances, person } = await hana.json<PersonPage>('GET', at(`/people/${id}`));
		expect(person).toMatchObject({ photos: 2, events: 2 });
		expect(appearances.find((each) => each.photo === photo)?.origin).toBe('known');
		const answer = await hana.json<{ appearances: { face: string; person: string }[] }>(
			'GET',
			at(`/events/${later.event}/appearances`)
		);
		expect(answer.appearances).toMatchObject([{ face: faceKey(photo, right), person: id }]);
	});
	it('is known in events whose people were found out before, with the next sweep', async () => {
		const sara = looks();
		const first = await send({ event, client }, [{ look: sara, box: left }]);
		const earlier = await another('Engagement');
		const photo = await send(earlier, [{ look: sara, box: right }]);
		await group(event, earlier.event);
		const id = await name(faceKey(first, left), 'Sara');
		await group(event);
		expect(await photosOf(id)).toEqual([first]);
		await server.appearances.sweep(hana.workspace);
		await until('it is known there', async () => (await photosOf(id)).includes(photo), 20_000);
	});
	it('follows a merge, and its undoing, in all events', async () => {
		const [one, other] = [looks(), looks()];
		const first = await send({ event, client }, [{ look: one, box: left }]);
		const later = await another('Christening');
		const second = await send(later, [{ look: other, box: left }]);
		const sara = await name(faceKey(first, left), 'Sara');
		const double = await name(faceKey(second, left), 'Sarah', later.client);
		await group(event, later.event);
		expect(await photosOf(sara)).toEqual([first]);
		studio.doc.getMap('personFields').set(`${double}/mergedInto`, sara);
		await saved(studio);
		await group(event, later.event);
		expect((await photosOf(sara)).sort()).toEqual([first, second].sort());
		// who asks for the one that was merged gets the one that stands for them
		expect(await photosOf(double)).toHaveLength(2);
		studio.doc.getMap('personFields').set(`${double}/mergedInto`, null);
		await saved(studio);
		await group(event, later.event);
		expect(await photosOf(sara)).toEqual([first]);
		expect(await photosOf(double)).toEqual([second]);
	});
	it('leaves out what lies in the trash, and comes back with it', async () => {
		const sara = looks();
		const photo = await send({ event, client }, [{ look: sara, box: left }]);
		const id = await name(faceKey(photo, left), 'Sara');
		await group(event);
		const trash = (value: object | null) => client.doc.getMap('trash').set(photo, value);
		trash({ at: '2026-01-19T00:00:00.000Z', by: hana.userId });
		await saved(client);
		expect(await photosOf(id)).toEqual([]);
		trash(null);
		await saved(client);
		expect(await photosOf(id)).toEqual([photo]);
	});
	it('is found out by itself, soon after a device has sent faces', async () => {
		const sara = looks();
		const photo = await send({ event, client }, [{ look: sara, box: left }]);
		const id = await name(faceKey(photo, left), 'Sara');
		await until('it is known', async () => (await photosOf(id)).length === 1, 20_000);
		const more = await send({ event, client }, [{ look: sara, box: left }]);
		await until('the next is too', async () => (await photosOf(id)).includes(more), 20_000);
	});
	it('can be made again from documents', async () => {
		const photo = await send({ event, client }, [{ look: looks(), box: left }]);
		const id = await name(faceKey(photo, left), 'Sara');
		client.doc.getMap('excluded').set(`${faceKey(photo, right)}/${id}`, true);
		studio.doc.getMap('personFields').set(`${id}/hidden`, true);
		await Promise.all([saved(client), saved(studio)]);
		expect(await verifyProjections(server.database)).toEqual([]);
		await server.database.tenant(hana.workspace, async (queries) => {
			await queries.query(`delete from people`);
			await queries.query(`delete from face_decisions`);
		});
		expect(await verifyProjections(server.database)).not.toEqual([]);
		await rebuildProjections(server.database);
		expect(await verifyProjections(server.database)).toEqual([]);
		expect((await people()).find((person) => person.id === id)).toMatchObject({ isHidden: true });
	});
});

describe('a photographer', () => {
	it('hears of those who are on photos of events that they work on, and of nobody else', async () => {
		const photographer = await addPerson(server, hana.workspace, 'photographer');
		const elsewhere = await another('Secret');
		const [sara, ruth] = [looks(), looks()];
		const seen = await send({ event, client }, [{ look: sara, box: left }]);
		const unseen = await send(elsewhere, [
			{ look: ruth, box: left },
			{ look: sara, box: right }
		]);
		const saraId = await name(faceKey(seen, left), 'Sara');
		const ruthId = await name(faceKey(unseen, left), 'Ruth', elsewhere.client);
		await hana.request('POST', at('/assignments'), {
			assign: [{ project: event, user: photographer.userId }]
		});
		await group(event, elsewhere.event);
		expect((await people(photographer)).map(({ id }) => id)).toEqual([saraId]);
		expect(await photosOf(saraId, photographer)).toEqual([seen]);
		const of = (path: string) => photographer.request('GET', at(path));
		expect((await of(`/people/${ruthId}`)).status).toBe(404);
		expect((await of(`/events/${elsewhere.event}/appearances`)).status).toBe(404);
		const desk = openDocument(`desk/${hana.workspace}/${photographer.userId}`, photographer);
		await desk.synced;
		const names = () => [...desk.doc.getMap('personFields').values()];
		expect(names()).toEqual(['Sara']);
		// and of whoever comes into them, while they look
		const photo = await send({ event, client }, [{ look: ruth, box: left }]);
		expect(photo).toBeTruthy();
		await group(event);
		await until('the desk says so', () => names().includes('Ruth'));
	});
});

describe('forgetting', () => {
	/** Everything in which a face could be left: rows, stored files, documents and the log. */
	const tracesOf = async (photo: string, look: Float32Array) => {
		const found: string[] = [];
		const near = await hana.json<{ photos: { photo: string }[] }>('POST', at('/search/faces'), {
			model: defaultEmbedder.id,
			embedding: [...look]
		});
		if (near.photos.some((each) => each.photo === photo)) found.push('search');
		const sidecar = await hana.request('GET', addressOfFile(hana, { event, photo, kind: 'faces' }));
		if (sidecar.ok) {
			const { faces } = readSidecar(
				new Uint8Array(await sidecar.arrayBuffer()),
				() => defaultEmbedder
			);
			if (faces.some(({ embedding }) => distanceOf(embedding, look) < defaultEmbedder.threshold))
				found.push('sidecar');
		}
		const assets = await server.database.tenant(hana.workspace, (queries) =>
			queries.query<{ path: string }>(`select path from assets where kind = 'faces'`)
		);
		for (const { path } of assets) {
			const file = await server.storage.get(path);
			const bytes = new Uint8Array(await new Response(file!.stream).arrayBuffer());
			const { faces } = readSidecar(bytes, () => defaultEmbedder);
			if (faces.some(({ embedding }) => distanceOf(embedding, look) < defaultEmbedder.threshold))
				found.push(path);
		}
		return found;
	};

	it('takes a person from rows, files and documents, in all events, and leaves the others', async () => {
		const [sara, ruth] = [looks(), looks()];
		const both = await send({ event, client }, [
			{ look: sara, box: left },
			{ look: ruth, box: right }
		]);
		const later = await another('Christening');
		const alone = await send(later, [{ look: sara, box: right }]);
		const saraId = await name(faceKey(both, left), 'Sara');
		const ruthId = await name(faceKey(both, right), 'Ruth');
		await group(event, later.event);
		expect(await tracesOf(both, sara)).not.toEqual([]);
		const answer = await hana.json('POST', at(`/people/${saraId}/forget`));
		expect(answer).toEqual({ faces: 2, events: 2 });
		expect(await tracesOf(both, sara)).toEqual([]);
		expect(await tracesOf(alone, sara)).toEqual([]);
		await group(event, later.event);
		expect((await people()).map(({ id }) => id)).not.toContain(saraId);
		expect(await photosOf(ruthId)).toEqual([both]);
		await until('devices hear of it', () => {
			const forgotten = [...client.doc.getMap('forgotten').keys()];
			return forgotten.includes(faceKey(both, left)) && forgotten.length === 1;
		});
		expect(client.doc.getMap('identified').get(faceKey(both, left))).toBeNull();
		expect(studio.doc.getMap('people').get(saraId)).toBeNull();
		expect([...studio.doc.getMap('personFields').entries()]).not.toContainEqual([
			`${saraId}/name`,
			'Sara'
		]);
		// devices that have the event closed hear of it too
		expect(studio.doc.getMap('forgotten').get(later.event)).toBe(1);
		expect((await hana.request('POST', at(`/people/${saraId}/forget`))).status).toBe(404);
		// written down, without the name
		const [entry] = (await hana.json<{ entries: { action: string }[] }>('GET', at('/audit')))
			.entries;
		expect(entry).toMatchObject({ action: 'person.forget', after: { faces: 2, events: 2 } });
		expect(JSON.stringify(entry)).not.toMatch(/Sara/);
	});
	it('does not take a face again that a device finds anew, and takes the others of its photo', async () => {
		const [sara, ruth] = [looks(), looks()];
		const faces = [
			{ look: sara, box: left },
			{ look: ruth, box: right }
		];
		const photo = await send({ event, client }, faces);
		// a little beside: boxes differ from model to model
		const { x, y } = placeOf(faceKey(photo, left));
		const key = `${photo}/${Math.round(x * 1000) + 12},${Math.round(y * 1000) - 9}`;
		await hana.json('POST', at(`/events/${event}/faces/forget`), { faces: [key] });
		expect(await tracesOf(photo, sara)).toEqual([]);
		const moved = { ...left, x: left.x + 0.01, height: left.height * 1.1 };
		await sendFaces({ event, client }, photo, [{ look: sara, box: moved }, faces[1]!]);
		expect(await tracesOf(photo, sara)).toEqual([]);
		expect(await tracesOf(photo, ruth)).not.toEqual([]);
		const { photos } = await hana.json<{ photos: { id: string; faces: number }[] }>(
			'GET',
			at(`/events/${event}/photos`)
		);
		expect(photos).toMatchObject([{ id: photo, faces: 1 }]);
	});
	it('is ended by the next sweep after a crash', async () => {
		const sara = looks();
		const photo = await send({ event, client }, [{ look: sara, box: left }]);
		await server.relay.edit(`event/${event}`, [
			{ root: 'forgotten', key: faceKey(photo, left), value: true }
		]);
		const { database, relay, storage } = server;
		const marked: string[] = [];
		const markStored = (_: string, __: string, each: string) =>
			Promise.resolve(void marked.push(each));
		await stripForgotten({ database, relay, storage, markStored }, hana.workspace);
		expect(marked).toEqual([photo]);
		expect(await tracesOf(photo, sara)).toEqual([]);
	});
	it('is what a guest may ask for; the studio sees the faces, and decides', async () => {
		const [sara, ruth] = [looks(), looks()];
		const both = await send({ event, client }, [
			{ look: sara, box: left },
			{ look: ruth, box: right }
		]);
		const alone = await send({ event, client }, [{ look: sara, box: right }]);
		const { code } = await hana.json<{ code: string }>('PUT', at(`/events/${event}/guest-access`));
		const ask = (look: Float32Array) =>
			fetch(`${server.url}/api/scan/${code}/forget`, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ model: defaultEmbedder.id, embedding: [...look] })
			});
		expect((await ask(looks())).status).toBe(404);
		// nor how many photos there are that guests are not shown
		const asked = await ask(sara);
		expect([asked.status, await asked.text()]).toEqual([204, '']);
		// twice is once
		expect((await ask(sara)).status).toBe(204);
		const listed = async () =>
			(
				await hana.json<{ requests: ForgetRequest[] }>('GET', at('/forget-requests'))
			).requests.filter((each) => each.event === event);
		const [request, ...others] = await listed();
		expect(others).toEqual([]);
		expect(request).toMatchObject({ event, eventName: 'Wedding' });
		const wanted = [faceKey(both, left), faceKey(alone, right)].sort();
		expect(request!.faces.map(({ key }) => key).sort()).toEqual(wanted);
		expect(JSON.stringify(request)).not.toMatch(/embedding/);
		const decide = (faces: string[]) =>
			hana.request('POST', at(`/forget-requests/${request!.id}`), { faces });
		expect((await decide([faceKey(both, right)])).status).toBe(422);
		expect(await (await decide(wanted)).json()).toEqual({ faces: 2, events: 1 });
		expect(await tracesOf(both, sara)).toEqual([]);
		expect(await tracesOf(both, ruth)).not.toEqual([]);
		expect(await listed()).toEqual([]);
		expect((await decide([])).status).toBe(404);
		// declined: nothing is forgotten, and nothing waits any more
		await ask(ruth);
		const [second] = await listed();
		await hana.json('POST', at(`/forget-requests/${second!.id}`), { faces: [] });
		expect(await tracesOf(both, ruth)).not.toEqual([]);
		expect(await listed()).toEqual([]);
	});
	it('is for those who manage people', async () => {
		const photo = await send({ event, client }, [{ look: looks(), box: left }]);
		const viewer = await addPerson(server, hana.workspace, 'viewer');
		const body = { faces: [faceKey(photo, left)] };
		const asked = await viewer.request('POST', at(`/events/${event}/faces/forget`), body);
		expect(asked.status).toBe(403);
		const bad = await hana.request('POST', at(`/events/${event}/faces/forget`), { faces: ['x'] });
		expect(bad.status).toBe(422);
	});
});

describe('search by face', () => {
	const search = (body: object, who = hana) =>
		who.json<{ photos: { event: string; photo: string }[] }>('POST', at('/search/faces'), {
			model: defaultEmbedder.id,
			...body
		});
	it('finds photos in one event or in all that one sees, nearest first, by day and stars', async () => {
		const [sara, ruth] = [looks(), looks()];
		const later = await another('Christening');
		const near = await send({ event, client }, [{ look: sara, box: left }], {
			takenAt: '2026-01-19T10:00:00'
		});
		const far = await send(later, [{ look: sara, box: left }], { takenAt: '2026-02-01T23:59:59' });
		await send({ event, client }, [{ look: ruth, box: left }]);
		const embedding = [...sara];
		const found = await search({ embedding });
		expect(found.photos.map(({ photo }) => photo).sort()).toEqual([near, far].sort());
		expect(JSON.stringify(found)).not.toMatch(/distance|score|embedding/);
		const only = async (filter: object) =>
			(await search({ embedding, ...filter })).photos.map(({ photo }) => photo);
		expect(await only({ event })).toEqual([near]);
		expect(await only({ from: '2026-01-20' })).toEqual([far]);
		expect(await only({ to: '2026-01-19' })).toEqual([near]);
		expect(await only({ from: '2026-02-01', to: '2026-02-01' })).toEqual([far]);
		client.doc.getMap('marks').set(`${near}/rating`, 4);
		await saved(client);
		expect(await only({ rating: 4 })).toEqual([near]);
		expect(await only({ rating: 5 })).toEqual([]);
		// who works on one event searches that one
		const photographer = await addPerson(server, hana.workspace, 'photographer');
		await hana.request('POST', at('/assignments'), {
			assign: [{ project: event, user: photographer.userId }]
		});
		expect((await search({ embedding }, photographer)).photos).toMatchObject([{ photo: near }]);
	});
	it('refuses what no model made', async () => {
		const ask = (body: object) =>
			hana.request('POST', at('/search/faces'), { model: defaultEmbedder.id, ...body });
		for (const embedding of [
			[1, 2],
			Array.from({ length: 128 }, () => 0),
			[...looks()].map((value) => value * 9)
		])
			expect((await ask({ embedding })).status).toBe(422);
		const unknown = await ask({ model: 'none', embedding: [...looks()] });
		expect(unknown.status).toBe(409);
		expect(await unknown.json()).toMatchObject({ models: [defaultEmbedder.id] });
	});
});
