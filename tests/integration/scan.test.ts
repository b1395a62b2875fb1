import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultConsent } from '#shared/consent.ts';
import type { GuestConsents, ScanFace, ScanPage } from '#shared/scan.ts';
import { type Session, makeEvent, setUp } from '../support/client.ts';
import { insertPhoto } from '../support/photos.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

let server: TestServer;
let hana: Session;
let event: string;
let code: string;

/** An embedding that a face could have, its own for each number. */
const embedding = (n: number) => Array.from({ length: 128 }, (_, i) => 1.4 * (i === n ? 1 : 0.01));

async function addPhoto(
	n: number,
	options: { flag?: string; thumb?: boolean } = {}
): Promise<string> {
	const photo = n.toString(16).padStart(32, '0');
	await insertPhoto(server, hana, { event, photo, name: `IMG_${n}.jpg` }, embedding(n), {
		thumb: options.thumb !== false
	});
	if (options.flag)
		await server.database.tenant(hana.workspace, (queries) =>
			queries.query(
				`insert into photo_marks (workspace_id, event_id, photo_id, field, value) values ($1, $2, $3, 'flag', $4::text::jsonb)`,
				[hana.workspace, event, photo, JSON.stringify(options.flag)]
			)
		);
	return photo;
}

/** Says that somebody is on a photo whom the studio hides. */
const hide = (photo: string) =>
	server.database.tenant(hana.workspace, async (queries) => {
		const person = randomUUID();
		await queries.query(`insert into people (workspace_id, id, hidden) values ($1, $2, true)`, [
			hana.workspace,
			person
		]);
		await queries.query(
			`insert into appearances (workspace_id, event_id, photo_id, face, person_id, box, share, rank, origin)
			 values ($1, $2, $3, 0, $4, '{0,0,1,1}', 1, 1, 'said')`,
			[hana.workspace, event, photo, person]
		);
	});

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	event = await makeEvent(hana);
	({ code } = await hana.json<{ code: string }>(
		'PUT',
		`/api/workspaces/${hana.workspace}/events/${event}/guest-access`
	));
	const { consents } = (await (await fetch(`${server.url}/api/scan/${code}`)).json()) as ScanPage;
	consent = { language: consents[0]!.language, version: consents[0]!.version };
});
afterAll(() => server.stop());

let consent: ScanFace['consent'];
const search = (body: object, at = code) =>
	ask({ ...body, consent: 'consent' in body ? body.consent : consent }, at);
/** searches that were answered */
let answered = 0;
const posted = async (path: string, body: unknown) => {
	const response = await fetch(`${server.url}/api/scan/${path}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body)
	});
	if (response.ok) answered++;
	return response;
};
const ask = (body: unknown, at = code) => posted(`${at}/search`, body);
const probe = (n: number) => ({ model: 'dlib-resnet-128', embedding: embedding(n) });

describe('a guest', () => {
	it('finds the photos of one face alone, without a score, and not those that are rejected or have not arrived', async () => {
		const mine = await addPhoto(1);
		await addPhoto(2);
		const response = await search(probe(1));
		expect(response.status).toBe(200);
		expect(response.headers.get('cache-control')).toBe('no-store');
		const { matches } = (await response.json()) as { matches: Record<string, unknown>[] };
		expect(matches.map(({ photoId }) => photoId)).toEqual([mine]);
		expect(Object.keys(matches[0]!).sort()).toEqual([
			'full',
			'name',
			'original',
			'photoId',
			'size',
			'takenAt',
			'thumb'
		]);
		await addPhoto(3, { flag: 'reject' });
		await addPhoto(4, { thumb: false });
		const trashed = await addPhoto(5);
		await server.database.tenant(hana.workspace, (queries) =>
			queries.query(
				`insert into trashed (workspace_id, project_id, photo_id, at) values ($1, $2, $3, now())`,
				[hana.workspace, event, trashed]
			)
		);
		// somebody whom the studio hides
		await hide(await addPhoto(6));
		for (const n of [3, 4, 5, 6])
			expect(await (await search(probe(n))).json()).toEqual({ matches: [] });
	});

	it('gets one photo of a shot that is RAW and JPEG, and the RAW while its JPEG has not arrived', async () => {
		const ids = async (n: number) => {
			const { matches } = (await (await search(probe(n))).json()) as {
				matches: { photoId: string }[];
			};
			return matches.map(({ photoId }) => photoId).sort();
		};
		const raw = async (photo: string, name: string, look: number) => {
			await insertPhoto(server, hana, { event, photo, name }, embedding(look));
			await server.database.tenant(hana.workspace, (queries) =>
				queries.query(`update photos set type = 'image/x-raw' where id = $1`, [photo])
			);
		};
		const jpeg = await addPhoto(60);
		await raw('60'.padStart(32, 'a'), 'img_60.CR3', 60);
		expect(await ids(60)).toEqual([jpeg]);
		await addPhoto(61, { thumb: false });
		await raw('61'.padStart(32, 'a'), 'IMG_61.CR3', 61);
		expect(await ids(61)).toEqual(['61'.padStart(32, 'a')]);
	});

	it('finds photos by the number on a bib where the studio allows it, and never by a name', async () => {
		const workspace = `/api/workspaces/${hana.workspace}`;
		const { name, slug } = await hana.json<{ name: string; slug: string }>('GET', workspace);
		const own = (settings: object) => hana.json('PUT', workspace, { name, slug, settings });
		const look = (number: string) => posted(`${code}/numbers`, { number });
		const ids = async (number: string) => {
			const { matches } = (await (await look(number)).json()) as {
				matches: { photoId: string }[];
			};
			return matches.map(({ photoId }) => photoId);
		};
		const say = (photo: string, subject: string) =>
			server.database.tenant(hana.workspace, (queries) =>
				queries.query(
					`insert into photo_marks (workspace_id, event_id, photo_id, field, value) values ($1, $2, $3, 'subject', $4::text::jsonb)`,
					[hana.workspace, event, photo, JSON.stringify(subject)]
				)
			);
		const one = await addPhoto(70);
		const two = await addPhoto(71);
		const rejected = await addPhoto(72, { flag: 'reject' });
		const named = await addPhoto(73);
		const hidden = await addPhoto(74);
		await hide(hidden);
		await say(one, 'b 1042');
		await say(two, '17, B-1042');
		await say(rejected, 'B1042');
		await say(named, 'Sara');
		await say(hidden, 'B1042');
		expect((await look('B1042')).status).toBe(403);
		await own({ guestsNumbers: true });
		expect(
			((await (await fetch(`${server.url}/api/scan/${code}`)).json()) as ScanPage).numbers
		).toBe(true);
		expect((await ids('B1042')).sort()).toEqual([one, two]);
		expect(await ids('b-1042')).toHaveLength(2);
		expect(await ids('17')).toEqual([two]);
		expect(await ids('1042')).toEqual([]);
		expect((await look('Sara')).status).toBe(422);
		expect((await look('%')).status).toBe(422);
		await own({});
		expect((await look('17')).status).toBe(403);
	});

	it('agrees to words of the studio, which are noted by day, and nothing of who agreed', async () => {
		const workspace = `/api/workspaces/${hana.workspace}`;
		const { name, slug } = await hana.json<{ name: string; slug: string }>('GET', workspace);
		const own = (settings: object) => hana.json('PUT', workspace, { name, slug, settings });
		const words = async () =>
			((await (await fetch(`${server.url}/api/scan/${code}`)).json()) as ScanPage).consents;
		const noted = async () => {
			const { consents } = await hana.json<GuestConsents>(
				'GET',
				`${workspace}/events/${event}/guest-access/consents`
			);
			return new Map(consents.map(({ text, count }) => [text, count]));
		};
		const before = await noted();
		const [english] = await words();
		const agree = (version: string, language = 'en') =>
			search({ ...probe(50), consent: { language, version } });
		expect((await agree(english!.version)).status).toBe(200);
		expect((await agree(english!.version)).status).toBe(200);
		await own({ guestConsentEn: 'We look at your face once.' });
		// who read other words agrees to these first
		expect((await agree(english!.version)).status).toBe(409);
		const [mine, ...others] = await words();
		expect(others).toEqual([]);
		expect(mine).toMatchObject({ language: 'en', text: 'We look at your face once.' });
		expect((await agree(mine!.version)).status).toBe(200);
		expect((await agree(mine!.version, 'xx')).status).toBe(422);
		const after = await noted();
		const more = [...after].map(([text, count]) => [text, count - (before.get(text) ?? 0)]);
		expect(more.sort()).toEqual(
			[
				[defaultConsent.en, 2],
				['We look at your face once.', 1]
			].sort()
		);
		await own({});
	});

	describe('asks for more', () => {
		/** A face between two: the farther it goes, the less it is the first one. */
		const between = (n: number, m: number, part: number) =>
			embedding(n).map((value, i) => value * (1 - part) + embedding(m)[i]! * part);
		async function addFace(n: number, vector: number[]): Promise<string> {
			const photo = await addPhoto(n);
			await server.database.tenant(hana.workspace, (queries) =>
				queries.query(`update faces set embedding = $1::text::vector where photo_id = $2`, [
					`[${vector.join(',')}]`,
					photo
				])
			);
			return photo;
		}
		const ids = async (body: object) => {
			const { matches } = (await (await search(body)).json()) as { matches: { photoId: string }[] };
			return matches.map(({ photoId }) => photoId);
		};
		it('and gets photos near those that they are on, and not near those that they are not on', async () => {
			// 1.96 between the two: 0.28 is 0.55 away, 0.3 is 0.59
			const mine = await addFace(20, between(20, 21, 0.2));
			const other = await addFace(22, between(20, 23, 0.25));
			const nearMine = await addFace(24, between(20, 21, 0.4));
			const nearOther = await addFace(25, between(20, 23, 0.3));
			expect((await ids(probe(20))).sort()).toEqual([mine, other].sort());
			const more = (me: string[], notMe: string[]) => ids({ ...probe(20), more: { me, notMe } });
			expect((await more([mine, other], [])).sort()).toEqual([nearMine, nearOther].sort());
			expect(await more([mine], [other])).toEqual([nearMine]);
		});
		it('and cannot walk on by photos that are not theirs', async () => {
			const far = await addFace(30, between(40, 41, 0.5));
			const farther = await addFace(31, between(40, 41, 0.6));
			expect(await ids({ ...probe(40), more: { me: [far], notMe: [] } })).toEqual([]);
			expect(farther).toBeTruthy();
			const wrong = await search({ ...probe(40), more: { me: ['x'], notMe: [] } });
			expect(wrong.status).toBe(422);
		});
	});

	it('sees the studio and the event, and nothing that counts photos or faces', async () => {
		const page = (await (await fetch(`${server.url}/api/scan/${code}`)).json()) as object;
		const word = expect.any(String) as string;
		const words = { text: word, version: word };
		expect(page).toEqual({
			studio: 'Studio Abeba',
			event: { name: 'Timket 2026', date: '2026-01-19' },
			consents: [
				{ language: 'en', text: defaultConsent.en, version: word, picture: words },
				{ language: 'am', text: defaultConsent.am, version: word, picture: words }
			],
			model: 'dlib-resnet-128'
		});
	});

	it.each([
		['too short', embedding(0).slice(1), 422],
		['too long', [...embedding(0), 1], 422],
		['of strings', embedding(0).map(String), 422],
		['of zeros', Array<number>(128).fill(0), 422],
		['of huge numbers', Array<number>(128).fill(1e308), 422],
		['with nothing for a number', embedding(0).map((x, i) => (i === 5 ? null : x)), 422],
		['of a million numbers', Array<number>(100_000).fill(0.1), 413]
	])('gets a clear answer to an embedding %s', async (_, vector, status) => {
		const response = await search({ model: 'dlib-resnet-128', embedding: vector });
		expect(response.status).toBe(status);
		expect(await response.text()).not.toMatch(/stack|select/i);
	});

	it('is not looked for before they agreed', async () => {
		for (const body of [probe(1), { ...probe(1), more: { me: [], notMe: [] } }]) {
			const response = await ask(body);
			expect(response.status).toBe(403);
			expect(await response.text()).not.toMatch(/photoId/);
		}
		const another = { ...consent!, version: 'another' };
		expect((await search({ ...probe(1), consent: another })).status).toBe(409);
	});

	it('gets NaN and Infinity refused, which are no JSON', async () => {
		const response = await fetch(`${server.url}/api/scan/${code}/search`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: `{"model":"dlib-resnet-128","embedding":[NaN,Infinity]}`
		});
		expect(response.status).toBe(400);
	});

	it('is told which models exist, and that a link is wrong', async () => {
		const unknown = await search({ ...probe(1), model: 'other' });
		expect(unknown.status).toBe(409);
		expect(await unknown.json()).toMatchObject({ models: ['dlib-resnet-128'] });
		expect((await search(probe(1), 'x'.repeat(22))).status).toBe(404);
		expect((await search(probe(1), "'; drop table users")).status).toBe(404);
	});

	it('reaches no photo without its signed address', async () => {
		const { matches } = (await (await search(probe(1))).json()) as {
			matches: { thumb: string; photoId: string }[];
		};
		const { thumb, photoId } = matches[0]!;
		const status = async (path: string) => (await fetch(server.url + path)).status;
		expect(await status(thumb.replace('/thumb', '/original'))).toBe(403);
		expect(await status(thumb.replace(photoId, '2'.padStart(32, '0')))).toBe(403);
		expect(await status(`/api/scan/${code}/photos/${photoId}/thumb`)).toBe(422);
		expect(await status(thumb.replace(code, 'y'.repeat(22)))).toBe(404);
	});
});

it('finds nothing across events or studios', async () => {
	const other = await makeEvent(hana, 'Another day');
	const access = await hana.json<{ code: string }>(
		'PUT',
		`/api/workspaces/${hana.workspace}/events/${other}/guest-access`
	);
	expect(await (await search(probe(1), access.code)).json()).toEqual({ matches: [] });
	const missing = await hana.request(
		'PUT',
		`/api/workspaces/${hana.workspace}/events/${randomUUID()}/guest-access`
	);
	expect(missing.status).toBe(404);
});

it('tells the studio of an address that searches for one stranger after the other', async () => {
	const notes = async () => {
		const { entries } = await hana.json<{ entries: { action: string; subject: string }[] }>(
			'GET',
			`/api/workspaces/${hana.workspace}/audit`
		);
		return entries.filter(({ action }) => action === 'guest_access.scanning');
	};
	const place = await makeEvent(hana);
	const access = await hana.json<{ code: string }>(
		'PUT',
		`/api/workspaces/${hana.workspace}/events/${place}/guest-access`
	);
	const strangers = async (from: number, to: number) => {
		for (let n = from; n < to; n++) expect((await search(probe(n), access.code)).status).toBe(200);
	};
	await strangers(0, 5);
	await server.database.tenant(hana.workspace, (queries) =>
		queries.query(
			`insert into faces (workspace_id, event_id, photo_id, face, model, box, quality, embedding)
			 select $1, $2, lpad(n::text, 32, '0'), 0, 'dlib-resnet-128', array[0, 0, 1, 1], 1, $3::text::vector from generate_series(1, 100) n`,
			[hana.workspace, place, `[${embedding(120).join(',')}]`]
		)
	);
	await strangers(5, 45);
	expect(await notes()).toEqual([]);
	await strangers(45, 48);
	expect(await notes()).toMatchObject([{ subject: 'Timket 2026' }]);
});

it('stops a guest who searches a thousand times a minute', async () => {
	const codes: number[] = [];
	for (let i = 0; i < 1_000 && codes.at(-1) !== 429; i++)
		codes.push((await search(probe(1))).status);
	expect(codes.at(-1)).toBe(429);
	expect(codes.length).toBeLessThan(100);
	const answer = await search(probe(1));
	expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
});

it('closes the link for good', async () => {
	await hana.request('DELETE', `/api/workspaces/${hana.workspace}/events/${event}/guest-access`);
	expect((await search(probe(1))).status).toBe(410);
	expect((await fetch(`${server.url}/api/scan/${code}`)).status).toBe(410);
	const again = await hana.json<{ code: string }>(
		'PUT',
		`/api/workspaces/${hana.workspace}/events/${event}/guest-access`
	);
	expect(again.code).not.toBe(code);
});

it('is counted, and nothing else is', async () => {
	const { searches } = await hana.json<{ searches: { guests: number; team: number } }>(
		'GET',
		`/api/workspaces/${hana.workspace}/stats`
	);
	expect(answered).toBeGreaterThan(90);
	expect(searches.guests).toBe(answered);
	expect(searches.team).toBe(0);
});

it('reported no unexpected failure', () => {
	expect(server.reports).toEqual([]);
});
