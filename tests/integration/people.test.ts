// Who is who, on the server: faces that devices sent, what people said of them in documents, and what comes of both.
import { describe, expect, it } from 'vitest';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { faceKey } from '#shared/people/faces.ts';
import type { PersonPage } from '#shared/people/listing.ts';
import type { Stats } from '#shared/usage.ts';
import { rebuildProjections, verifyProjections } from '../../server/relay/rebuild.ts';
import { until } from '../support/client.ts';
import {
	another,
	at,
	client,
	event,
	faceStudio,
	group,
	hana,
	left,
	looks,
	name,
	openDocument,
	people,
	photosOf,
	right,
	saved,
	send,
	server,
	studio
} from '../support/faces.ts';
import { addPerson } from '../support/people.ts';

faceStudio();

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
	it('counts RAW and JPEG of one shot as one photo', async () => {
		const sara = looks();
		const files = [
			{ name: 'IMG_7.JPG', takenAt: '2026-01-19T10:00:07' },
			{ name: 'img_7.cr3', type: 'image/x-raw', takenAt: '2026-01-19T10:00:07' },
			// of another shot: its JPEG is not here
			{ name: 'IMG_7.CR3', type: 'image/x-raw', takenAt: '2026-01-19T11:00:00' }
		];
		const count = async () => {
			const { workspaces } = await hana.json<{ workspaces: { photos: number }[] }>(
				'GET',
				'/api/workspaces/numbers'
			);
			const { largest } = await hana.json<Stats>('GET', at('/stats'));
			expect(largest.reduce((sum, { photos }) => sum + photos, 0)).toBe(workspaces[0]!.photos);
			return workspaces[0]!.photos;
		};
		const before = await count();
		const sent: string[] = [];
		for (const facts of files)
			sent.push(await send({ event, client }, [{ look: sara, box: left }], facts));
		expect((await count()) - before).toBe(2);
		const id = await name(faceKey(sent[0]!, left), 'Sara');
		await group(event);
		expect((await photosOf(id)).sort()).toEqual([sent[0], sent[2]].sort());
		expect(await people()).toContainEqual(expect.objectContaining({ id, photos: 2 }));
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
