// A guest who sends a small picture instead of loading what looks at it: found like everybody else, and nothing is kept.
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScanPage } from '#shared/scan.ts';
import { type Crop, cropFace } from '../support/camera.ts';
import { type Session, makeEvent, setUp } from '../support/client.ts';
import { guestFace, strangerFace } from '../support/guest.ts';
import { lookAt } from '../support/look.ts';
import { samplePhoto } from '../support/paths.ts';
import { insertPhoto } from '../support/photos.ts';
import { type TestServer, startTestServer } from '../support/server.ts';
import { tracesOf } from '../support/traces.ts';

/** The guest on another photo. */
const elsewhere: Crop = { photo: samplePhoto(1), left: 0.66, top: 0.05, width: 0.32, height: 0.45 };

let server: TestServer;
let hana: Session;
let event: string;
let code: string;
let consent: { language: string; version: string };

const PHOTOS = { elsewhere: '1'.padStart(32, '0'), stranger: '2'.padStart(32, '0') };

/** What a phone sends: three wide, four high, six kilobytes. */
const sent = async (jpeg: Buffer, quality = 50): Promise<string> =>
	(await sharp(jpeg).resize(240, 320, { fit: 'cover' }).webp({ quality }).toBuffer()).toString(
		'base64'
	);

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	event = await makeEvent(hana);
	({ code } = await hana.json<{ code: string }>(
		'PUT',
		`/api/workspaces/${hana.workspace}/events/${event}/guest-access`
	));
	for (const [name, crop] of Object.entries({ elsewhere, stranger: strangerFace })) {
		const looked = await lookAt(await cropFace(crop));
		if (looked.kind !== 'face') throw new Error(`${name}: ${looked.kind}`);
		const photo = PHOTOS[name as keyof typeof PHOTOS];
		await insertPhoto(server, hana, { event, photo, name: `${name}.jpg` }, looked.embedding);
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
		const picture = await sent(await cropFace(guestFace));
		expect(picture.length).toBeLessThan(8_000);
		expect(found(await ask({ picture, consent }))).toEqual([PHOTOS.elsewhere]);
		const other = await sent(await cropFace(strangerFace));
		expect(found(await ask({ picture: other, consent }))).toEqual([PHOTOS.stranger]);
	});

	it('asks for more, and to be forgotten, by the same picture', async () => {
		const picture = await sent(await cropFace(guestFace));
		const more = { me: [PHOTOS.elsewhere], notMe: [PHOTOS.stranger] };
		expect(found(await ask({ picture, consent, more }))).toEqual([]);
		expect((await ask({ picture, consent }, 'forget')).status).toBe(204);
		expect((await ask({ picture }, 'forget')).status).toBe(403);
	});

	it('is looked at only after its own words were agreed to, where the studio allows it', async () => {
		const picture = await sent(await cropFace(guestFace));
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
		const night = await sharp(await cropFace(guestFace))
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
		const jpeg = await sharp(await cropFace(guestFace))
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
		const picture = await sent(await cropFace(guestFace));
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
		const picture = await sent(await cropFace(guestFace));
		const answers = await Promise.all(
			Array.from({ length: 40 }, () => ask({ picture, consent }).catch(() => null))
		);
		const statuses = new Set(answers.map((answer) => answer?.status));
		expect(statuses).toContain(200);
		expect([...statuses].every((status) => [200, 429, 503].includes(status!))).toBe(true);
	});

	it('leaves no trace', async () => {
		const picture = Buffer.from(await sent(await cropFace(guestFace)), 'base64');
		const looked = await lookAt(picture);
		if (looked.kind !== 'face') throw new Error(looked.kind);
		const left = await tracesOf(server, hana.workspace, picture, looked.embedding);
		expect(left).toMatchObject({ traces: [] });
		expect(left.rows).toBeGreaterThan(10);
		expect(server.reports).toEqual([]);
	});
});
