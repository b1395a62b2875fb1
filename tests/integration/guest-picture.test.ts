// A guest who sends a small picture instead of loading what looks at it: found like everybody else, and nothing is kept.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScanPage } from '#shared/scan.ts';
import { createLooker } from '../../server/features/faces/looker.ts';
import { type Crop, cropFace } from '../support/camera.ts';
import { type Session, makeEvent, setUp } from '../support/client.ts';
import { root, samplePhoto } from '../support/paths.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

// the same woman on two photos, and somebody else
const herself: Crop = { photo: samplePhoto(3), left: 0.44, top: 0.06, width: 0.32, height: 0.42 };
const elsewhere: Crop = { photo: samplePhoto(1), left: 0.66, top: 0.05, width: 0.32, height: 0.45 };
const stranger: Crop = { photo: samplePhoto(6), left: 0.26, top: 0.13, width: 0.26, height: 0.34 };

let server: TestServer;
let hana: Session;
let event: string;
let code: string;
let consent: { language: string; version: string };

const look = createLooker(join(root, 'static'));
const PHOTOS = { elsewhere: '1'.padStart(32, '0'), stranger: '2'.padStart(32, '0') };

/** What a phone sends: three wide, four high, six kilobytes. */
const sent = async (jpeg: Buffer, quality = 50): Promise<string> =>
	(await sharp(jpeg).resize(240, 320, { fit: 'cover' }).webp({ quality }).toBuffer()).toString(
		'base64'
	);

async function addPhoto(photo: string, embedding: Float32Array): Promise<void> {
	await server.database.tenant(hana.workspace, async (queries) => {
		await queries.query(
			`insert into photos (workspace_id, event_id, id, name, sha256, size, type, width, height, imported_by, imported_at)
			 values ($1, $2, $3, 'IMG.jpg', $4, 10, 'image/jpeg', 10, 10, $5, now())`,
			[hana.workspace, event, photo, photo + photo, hana.userId]
		);
		await queries.query(
			`with a as (
			 	insert into assets (workspace_id, kind, cache_key, sha256, size, path) values ($1, 'thumb', $4, $4, 1, 'x') returning id
			 ) insert into photo_files (workspace_id, event_id, photo_id, kind, asset_id, created_by)
			 select $1, $2, $3, 'thumb', id, $5 from a`,
			[hana.workspace, event, photo, photo + photo, hana.userId]
		);
		await queries.query(
			`insert into faces (workspace_id, event_id, photo_id, face, model, box, quality, embedding)
			 values ($1, $2, $3, 0, 'dlib-resnet-128', $4, 1, $5::text::vector)`,
			[hana.workspace, event, photo, [0, 0, 1, 1], `[${[...embedding].join(',')}]`]
		);
	});
}

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	event = await makeEvent(hana);
	({ code } = await hana.json<{ code: string }>(
		'PUT',
		`/api/workspaces/${hana.workspace}/events/${event}/guest-access`
	));
	for (const [name, crop] of Object.entries({ elsewhere, stranger })) {
		const looked = await look(await cropFace(crop));
		if (looked.kind !== 'face') throw new Error(`${name}: ${looked.kind}`);
		await addPhoto(PHOTOS[name as keyof typeof PHOTOS], looked.embedding);
	}
	const words = await page();
	consent = { language: 'en', version: words.consents[0]!.picture!.version };
}, 120_000);
afterAll(() => server.stop());

const page = async () => (await (await fetch(`${server.url}/api/scan/${code}`)).json()) as ScanPage;
const ask = async (body: object, path = 'search') => {
	const response = await fetch(`${server.url}/api/scan/${code}/${path}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body)
	});
	const text = await response.text();
	return { status: response.status, body: (text ? JSON.parse(text) : {}) as Answer };
};
interface Answer {
	matches?: { photoId: string }[];
	code?: string;
	face?: string;
}
const found = ({ body }: { body: Answer }) => body.matches?.map(({ photoId }) => photoId);

describe('a small picture', () => {
	it('finds the photos of its face, and of nobody else', async () => {
		const picture = await sent(await cropFace(herself));
		expect(picture.length).toBeLessThan(8_000);
		expect(found(await ask({ picture, consent }))).toEqual([PHOTOS.elsewhere]);
		const other = await sent(await cropFace(stranger));
		expect(found(await ask({ picture: other, consent }))).toEqual([PHOTOS.stranger]);
	});

	it('asks for more, and to be forgotten, by the same picture', async () => {
		const picture = await sent(await cropFace(herself));
		const more = { me: [PHOTOS.elsewhere], notMe: [PHOTOS.stranger] };
		expect(found(await ask({ picture, consent, more }))).toEqual([]);
		expect((await ask({ picture, consent }, 'forget')).status).toBe(204);
		expect((await ask({ picture }, 'forget')).status).toBe(403);
	});

	it('is looked at only after its own words were agreed to, where the studio allows it', async () => {
		const picture = await sent(await cropFace(herself));
		expect(await ask({ picture })).toMatchObject({ status: 403 });
		const [english] = (await page()).consents;
		const another = { language: 'en', version: english!.version };
		expect(await ask({ picture, consent: another })).toMatchObject({ status: 409 });
		const workspace = `/api/workspaces/${hana.workspace}`;
		const { name, slug } = await hana.json<{ name: string; slug: string }>('GET', workspace);
		const set = (settings: object) => hana.json('PUT', workspace, { name, slug, settings });
		await set({ guestsSendPicture: false });
		expect((await page()).consents.map((each) => each.picture)).toEqual([null, null]);
		expect(await ask({ picture, consent })).toMatchObject({ status: 409 });
		await set({});
		const { consents } = await hana.json<{ consents: { text: string }[] }>(
			'GET',
			`${workspace}/events/${event}/guest-access/consents`
		);
		expect(consents.map(({ text }) => text)).toEqual([english!.picture!.text]);
	});

	it('says what is wrong with a picture that shows nobody, two, or darkness', async () => {
		const refusal = async (picture: string) => {
			const { status, body } = await ask({ picture, consent });
			return [status, body.face];
		};
		const wall = sharp({ create: { width: 240, height: 320, channels: 3, background: '#89a' } });
		expect(await refusal(await sent(await wall.jpeg().toBuffer()))).toEqual([422, 'none']);
		const two = await sharp(readFileSync(samplePhoto(6)))
			.resize(480)
			.webp()
			.toBuffer();
		expect(await refusal(two.toString('base64'))).toEqual([422, 'several']);
		const night = await sharp(await cropFace(herself))
			.linear(0.14, 0)
			.jpeg()
			.toBuffer();
		expect(['dark', 'none']).toContain((await refusal(await sent(night, 90)))[1]);
	});

	it('refuses what is no picture, in bounded time', async () => {
		const refused = async (bytes: Buffer | string) => {
			const picture = Buffer.from(bytes).toString('base64');
			const { status, body } = await ask({ picture, consent });
			return [status, body.face];
		};
		const nothing = [422, 'not_a_picture'];
		expect(await refused('<svg xmlns="http://www.w3.org/2000/svg"/>')).toEqual(nothing);
		expect(await refused('GIF89a')).toEqual(nothing);
		expect(await refused('')).toEqual(nothing);
		const jpeg = await sharp(await cropFace(herself))
			.resize(240, 320)
			.jpeg()
			.toBuffer();
		expect(await refused(jpeg.subarray(0, 900))).toEqual(nothing);
		// a few bytes that would be 25 million pixels
		const bomb = await sharp({
			create: { width: 5_000, height: 5_000, channels: 3, background: '#fff' }
		})
			.png({ palette: true, compressionLevel: 9 })
			.toBuffer();
		expect(bomb.length).toBeLessThan(32 * 1024);
		expect(await refused(bomb)).toEqual(nothing);
		const one = sharp({ create: { width: 1, height: 1, channels: 3, background: '#fff' } });
		expect(await refused(await one.png().toBuffer())).toEqual([422, 'none']);
	});

	it('is one face, within its size', async () => {
		const picture = await sent(await cropFace(herself));
		const embedding = Array.from({ length: 128 }, () => 0.1);
		for (const body of [
			{ picture, model: 'dlib-resnet-128', embedding },
			{ consent },
			{ model: 'dlib-resnet-128' },
			{ picture: 'not base64!', consent },
			{ picture: 'A'.repeat(60_000), consent }
		])
			expect(await ask(body)).toMatchObject({ status: 422 });
	});

	it('waits its turn, or is told to come back', async () => {
		const picture = await sent(await cropFace(herself));
		const answers = await Promise.all(
			Array.from({ length: 40 }, () => ask({ picture, consent }).catch(() => null))
		);
		const statuses = new Set(answers.map((answer) => answer?.status));
		expect(statuses).toContain(200);
		expect([...statuses].every((status) => [200, 429, 503].includes(status!))).toBe(true);
	});

	it('leaves no trace', async () => {
		const picture = await sent(await cropFace(herself));
		const looked = await look(Buffer.from(picture, 'base64'));
		const number = looked.kind === 'face' ? String(looked.embedding[7]).slice(0, 8) : '';
		expect(number).toHaveLength(8);
		const tables = await server.database.query<{ name: string }>(
			`select quote_ident(tablename) as name from pg_tables where schemaname = current_schema() and tablename <> 'migrations'`
		);
		expect(tables.length).toBeGreaterThan(40);
		let rows = 0;
		for (const { name } of tables) {
			const sql = `select to_jsonb(t)::text as row from ${name} t`;
			const dump = await server.database
				.tenant(hana.workspace, (queries) => queries.query<{ row: string }>(sql))
				// what belongs to no studio is read outside of all
				.catch(() => server.database.query<{ row: string }>(sql));
			rows += dump.length;
			for (const { row } of dump) {
				expect(row).not.toContain(picture.slice(100, 140));
				expect(row).not.toContain(number);
			}
		}
		expect(rows).toBeGreaterThan(10);
		const files = readdirSync(server.dataDir, { recursive: true, withFileTypes: true });
		for (const file of files.filter((each) => each.isFile()))
			expect(
				readFileSync(join(file.parentPath, file.name)).includes(Buffer.from(picture, 'base64'))
			).toBe(false);
		expect(server.reports).toEqual([]);
	});
});
