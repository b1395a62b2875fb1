// Faces that are forgotten leave nothing on the server: no row, no file, no decision, and do not come back.
import { expect, it } from 'vitest';
import { distanceOf } from '#shared/faces/geometry.ts';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { readSidecar } from '#shared/faces/sidecar.ts';
import { faceKey, placeOf } from '#shared/people/faces.ts';
import type { ForgetRequest } from '#shared/people/listing.ts';
import { stripForgotten } from '../../server/features/people/forget.ts';
import { sweepFaces } from '../../server/features/people/retention.ts';
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
	people,
	photosOf,
	right,
	send,
	sendFaces,
	server,
	studio
} from '../support/faces.ts';
import { addPerson } from '../support/people.ts';
import { addressOfFile } from '../support/upload.ts';

faceStudio();

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
		// what a browser keeps cannot be forgotten
		expect(sidecar.headers.get('cache-control')).toBe('private, no-store');
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
	const [entry] = (await hana.json<{ entries: { action: string }[] }>('GET', at('/audit'))).entries;
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
it('takes somebody named a moment ago from all events, though nobody has looked there yet', async () => {
	const sara = looks();
	const elsewhere = await another('Engagement');
	const photo = await send(elsewhere, [{ look: sara, box: left }]);
	await group(elsewhere.event);
	const first = await send({ event, client }, [{ look: sara, box: left }]);
	const id = await name(faceKey(first, left), 'Sara');
	const answer = await hana.json('POST', at(`/people/${id}/forget`));
	expect(answer).toEqual({ faces: 2, events: 2 });
	expect(await tracesOf(first, sara)).toEqual([]);
	expect(await tracesOf(photo, sara)).toEqual([]);
});
it('leaves nothing of a sidecar that is damaged, and the rest goes on', async () => {
	const sara = looks();
	const faces = [{ look: sara, box: left }];
	const [broken, sound] = [
		await send({ event, client }, faces),
		await send({ event, client }, faces)
	];
	const [file] = await server.database.tenant(hana.workspace, (queries) =>
		queries.query<{ path: string }>(
			`select a.path from assets a join photo_files f on f.asset_id = a.id where f.kind = 'faces' and f.photo_id = $1`,
			[broken]
		)
	);
	await server.storage.put(file!.path, [Buffer.from('no sidecar')]);
	await hana.json('POST', at(`/events/${event}/faces/forget`), {
		faces: [faceKey(broken, left), faceKey(sound, left)]
	});
	expect(await tracesOf(sound, sara)).toEqual([]);
	expect(await tracesOf(broken, sara)).toEqual([]);
	// and it counts as missing, so that devices send theirs
	const { photos } = await hana.json<{ photos: { id: string; files: { faces: string } }[] }>(
		'GET',
		at(`/events/${event}/photos`)
	);
	expect(photos.find(({ id }) => id === broken)?.files.faces).toBe('missing');
});
it('is ended by the next sweep after a crash', async () => {
	const sara = looks();
	const photo = await send({ event, client }, [{ look: sara, box: left }]);
	await server.relay.edit(`event/${event}`, [
		{ root: 'forgotten', key: faceKey(photo, left), value: true }
	]);
	const { database, storage } = server;
	const marked: string[] = [];
	const markStored = (_: string, __: string, each: string) =>
		Promise.resolve(void marked.push(each));
	await stripForgotten({ database, storage, markStored }, hana.workspace);
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
		(await hana.json<{ requests: ForgetRequest[] }>('GET', at('/forget-requests'))).requests.filter(
			(each) => each.event === event
		);
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
it('takes what is known of faces when the days of the studio are over, and not before', async () => {
	const look = looks();
	const photo = await send({ event, client }, [{ look, box: left }]);
	const project = await hana.json<{ name: string; slug: string }>('GET', at(''));
	const set = (settings: object) =>
		hana.json('PUT', at(''), { name: project.name, slug: project.slug, settings });
	const sweep = () => sweepFaces(server, (error) => server.reports.push(error));
	const facesOf = async () =>
		(await server.relay.read(`workspace/${hana.workspace}`, ['projectFields']))[0]!.get(
			`${event}/faces`
		);
	const age = (days: number) =>
		server.database.tenant(hana.workspace, (queries) =>
			queries.query(
				`update photo_files set created_at = now() - make_interval(days => $1::int) where event_id = $2`,
				[days, event]
			)
		);
	await age(100);
	await sweep();
	// nothing is said: they stay
	expect(await facesOf()).not.toBe('off');
	await set({ faceDays: 90 });
	await age(80);
	await sweep();
	// the event is over, but its last photo came a moment ago
	expect(await facesOf()).not.toBe('off');
	await age(100);
	await sweep();
	expect(await facesOf()).toBe('off');
	await until('nothing is known', async () => (await tracesOf(photo, look)).length === 0);
	const { entries } = await hana.json<{ entries: { action: string }[] }>(
		'GET',
		at('/audit?limit=5')
	);
	expect(entries.map(({ action }) => action)).toContain('faces.expire');
	await set({});
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
