// Another model than the application's own: added by whoever runs the installation, chosen by a studio, and all faces made anew.
import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distanceOf } from '#shared/faces/geometry.ts';
import type { ScanPage } from '#shared/scan.ts';
import type { FacePairs, PlatformFaceModel, StudioFaceModels } from '#shared/faces/manifest.ts';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { type Sidecar, readSidecar, writeSidecar } from '#shared/faces/sidecar.ts';
import { makeBackup } from '../../server/features/backups/backup.ts';
import { otherModel } from '../support/face-models.ts';
import { type Crop, cropFace } from '../support/camera.ts';
import {
	type Session,
	makeEvent,
	openStockClient,
	photoFacts,
	setUp,
	until
} from '../support/client.ts';
import { guestFace, strangerFace } from '../support/guest.ts';
import { root, samplePhoto } from '../support/paths.ts';
import { type TestServer, startTestServer } from '../support/server.ts';
import { sendFile } from '../support/upload.ts';
import { addPerson } from '../support/people.ts';
import { findFacesOn } from '../support/look.ts';

const other = otherModel();
let server: TestServer;
let hana: Session;
let event: string;
let code: string;
let id: string;
const photos: Record<string, string> = {};

const models = () => hana.json<StudioFaceModels>('GET', at('/face-models'));
const at = (path: string) => `/api/workspaces/${hana.workspace}${path}`;
const platform = (method: string, path = '', body?: unknown) =>
	hana.request(method, `/api/platform/face-models${path}`, body);
const stored = async (photo: string): Promise<Sidecar> => {
	const response = await hana.request('GET', at(`/events/${event}/photos/${photo}/files/faces`));
	return readSidecar(new Uint8Array(await response.arrayBuffer()), 'any');
};
const consentOf = async (): Promise<ScanPage['consents'][number]> => {
	const page = (await (await fetch(`${server.url}/api/scan/${code}`)).json()) as ScanPage;
	return page.consents[0]!;
};
const search = async (body: object) => {
	const { language, version } = await consentOf();
	const response = await fetch(`${server.url}/api/scan/${code}/search`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ consent: { language, version }, ...body })
	});
	return {
		status: response.status,
		...((await response.json()) as { matches?: { photoId: string }[] })
	};
};
/** A guest who sends their picture. */
const bySelfie = async () => {
	const picture = await sharp(await cropFace(guestFace))
		.resize(240, 320, { fit: 'cover' })
		.webp({ quality: 50 })
		.toBuffer();
	const { language, picture: words } = await consentOf();
	const found = await search({
		picture: picture.toString('base64'),
		consent: { language, version: words!.version }
	});
	expect(found.status).toBe(200);
	return found.matches!.map(({ photoId }) => photoId);
};

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	event = await makeEvent(hana);
	const client = openStockClient(server.url, hana.cookie, `event/${event}`, { aura: true });
	await client.synced;
	const elsewhere: Crop = {
		photo: samplePhoto(1),
		left: 0.66,
		top: 0.05,
		width: 0.32,
		height: 0.45
	};
	for (const [name, crop] of Object.entries({ elsewhere, stranger: strangerFace })) {
		const bytes = new Uint8Array(await cropFace(crop));
		const sha256 = createHash('sha256').update(bytes).digest('hex');
		const facts = {
			...photoFacts(hana.userId),
			sha256,
			size: bytes.length,
			width: 640,
			height: 480,
			name: `${name}.jpg`
		};
		const photo = sha256.slice(0, 32);
		photos[name] = photo;
		client.doc.getMap('photos').set(photo, facts);
		const faces = await findFacesOn(bytes);
		expect(faces).toHaveLength(1);
		const sidecar = writeSidecar({ model: defaultEmbedder.id, faces }, defaultEmbedder.dimensions);
		await until('the photo is there', async () => {
			const outcome = await sendFile(hana, { event, photo, kind: 'original', bytes });
			return outcome === null;
		});
		const thumb = new Uint8Array(await sharp(bytes).resize(100).webp().toBuffer());
		await sendFile(hana, { event, photo, kind: 'thumb', bytes: thumb });
		await sendFile(hana, { event, photo, kind: 'faces', bytes: sidecar });
	}
	client.destroy();
	({ code } = await hana.json<{ code: string }>('PUT', at(`/events/${event}/guest-access`)));
}, 120_000);
afterAll(async () => {
	expect(server.reports).toEqual([]);
	await server.stop();
});

describe('adding a model', () => {
	it('begins with that of the application, whose size is told', async () => {
		const { models: list } = (await (await platform('GET')).json()) as {
			models: PlatformFaceModel[];
		};
		const { size } = await stat(join(root, 'static', defaultEmbedder.file));
		expect(list).toMatchObject([{ id: defaultEmbedder.id, bytes: size, isBuiltIn: true }]);
	});
	it('is for whoever runs the installation', async () => {
		const editor = await addPerson(server, hana.workspace, 'admin');
		const response = await editor.request('POST', '/api/platform/face-models', other.manifest);
		expect(response.status).toBe(403);
	});
	it('asks for its file, and refuses another one', async () => {
		const added = (await (await platform('POST', '', other.manifest)).json()) as PlatformFaceModel;
		({ id } = added);
		expect(id).toMatch(/^other-512-[0-9a-f]{12}$/);
		expect(added).toMatchObject({ bytes: null, licence: 'MIT', isBuiltIn: false, studios: 0 });
		expect((await platform('POST', '', other.manifest)).status).toBe(409);
		// nobody can choose what is not here
		expect((await models()).models.map((model) => model.id)).toEqual([defaultEmbedder.id]);
		const wrong = await platform('PUT', `/${id}/file`, other.bytes.slice(1));
		expect(wrong.status).toBe(422);
		expect(((await wrong.json()) as { detail: string }).detail).toContain('another file');
	});
	it('refuses what does not do what was said of it', async () => {
		const said = async (changes: object, bytes = other.bytes) => {
			const manifest = {
				...other.manifest,
				...changes,
				name: 'wrong',
				sha256: createHash('sha256').update(bytes).digest('hex')
			};
			const made = (await (await platform('POST', '', manifest)).json()) as PlatformFaceModel;
			const response = await platform('PUT', `/${made.id}/file`, bytes);
			expect(response.status).toBe(422);
			expect((await platform('DELETE', `/${made.id}`)).status).toBe(204);
			return ((await response.json()) as { detail: string }).detail;
		};
		expect(await said({ dimensions: 128 })).toContain('512 numbers for a face, not 128');
		expect(await said({ side: 160 })).toContain('picture of 160 by 160');
		expect(await said({}, new TextEncoder().encode('no model'))).toContain('ONNX');
	});
	it('refuses a manifest that cannot be', async () => {
		const refused = async (changes: object) =>
			(await platform('POST', '', { ...other.manifest, ...changes })).status;
		expect(await refused({ dimensions: 4_096 })).toBe(422);
		expect(await refused({ scale: 0 })).toBe(422);
		expect(await refused({ name: '../../etc' })).toBe(422);
		expect(await refused({ address: 'http://example.com/x.onnx' })).toBe(422);
		const { rightEye, leftEye } = other.manifest.alignment;
		const turned = { ...other.manifest.alignment, rightEye: leftEye, leftEye: rightEye };
		expect(await refused({ alignment: turned })).toBe(422);
	});
	it('gets a file from no address of our own network', async () => {
		for (const host of [
			'127.0.0.1',
			'localhost',
			'[::1]',
			'169.254.169.254',
			'[::ffff:10.0.0.1]',
			'0x7f.1'
		]) {
			const manifest = { ...other.manifest, name: 'inside', address: `https://${host}:9/x.onnx` };
			const made = (await (await platform('POST', '', manifest)).json()) as PlatformFaceModel;
			const response = await platform('POST', `/${made.id}/fetch`);
			expect([response.status, host]).toEqual([422, host]);
			await platform('DELETE', `/${made.id}`);
		}
	});
	it('takes the file, with how it is used', async () => {
		const response = await platform('PUT', `/${id}/file`, other.bytes);
		expect(response.status).toBe(200);
		expect(((await response.json()) as PlatformFaceModel).bytes).toBe(other.bytes.length);
		const served = await fetch(`${server.url}/models/added/${id}.onnx`);
		expect(Buffer.from(await served.arrayBuffer()).equals(other.bytes)).toBe(true);
		expect(served.headers.get('cache-control')).toContain('immutable');
		expect((await models()).models.map((model) => model.id)).toEqual([defaultEmbedder.id, id]);
	});
	it('has its file in a backup', async () => {
		const folder = join(server.dataDir, 'backup');
		const { database, storage, dataDir } = server;
		const { missing } = await makeBackup({ database, storage, dataDir, version: 'test' }, folder);
		expect(missing).toEqual([]);
		const [file] = await readdir(join(folder, 'models'));
		expect((await readFile(join(folder, 'models', file!))).equals(other.bytes)).toBe(true);
	});
});

describe('choosing it', () => {
	it('is for admins', async () => {
		const editor = await addPerson(server, hana.workspace, 'editor');
		expect((await editor.request('PUT', at('/face-model'), { model: id })).status).toBe(403);
		expect((await hana.request('PUT', at('/face-model'), { model: 'nothing' })).status).toBe(409);
	});
	it('makes faces anew beside those in use, and changes over once all are there', async () => {
		const before = await stored(photos['elsewhere']!);
		const chosen = await hana.json<StudioFaceModels>('PUT', at('/face-model'), { model: id });
		expect(chosen.inUse.id).toBe(defaultEmbedder.id);
		expect(chosen.next).toEqual({ model: id, done: 0, total: 2 });
		expect(await bySelfie()).toEqual([photos['elsewhere']]);
		await server.reembed.run(hana.workspace);
		const now = await models();
		expect(now.next).toBeNull();
		expect(now.inUse).toMatchObject({
			id,
			dimensions: 512,
			batch: 1,
			input: 'data',
			output: 'fc1'
		});
		const after = await stored(photos['elsewhere']!);
		expect(after.model).toBe(id);
		expect(after.faces[0]).toMatchObject({
			box: before.faces[0]!.box,
			landmarks: before.faces[0]!.landmarks
		});
		expect(Math.hypot(...after.faces[0]!.embedding)).toBeCloseTo(1, 4);
		const rows = await server.database.query<{ model: string; count: number }>(
			`select model, count(*)::int as count from faces group by model`
		);
		expect(rows).toEqual([{ model: id, count: 2 }]);
		expect(
			await server.database.query(`select from next_faces union all select from next_sidecars`)
		).toEqual([]);
	});
	it('finds a guest with it', async () => {
		expect(await bySelfie()).toEqual([photos['elsewhere']]);
		// a page that was opened before loads itself again
		const old = await search({
			model: defaultEmbedder.id,
			embedding: Array.from({ length: 128 }, () => 0.12)
		});
		expect(old.status).toBe(409);
		const { embedding } = (await stored(photos['stranger']!)).faces[0]!;
		const found = await search({ model: id, embedding: [...embedding] });
		expect(found.matches!.map(({ photoId }) => photoId)).toEqual([photos['stranger']]);
	});
	it('follows what devices still find with another one', async () => {
		const photo = photos['stranger']!;
		const faces = await findFacesOn(new Uint8Array(await cropFace(strangerFace)));
		const bytes = writeSidecar({ model: defaultEmbedder.id, faces }, defaultEmbedder.dimensions);
		expect(await sendFile(hana, { event, photo, kind: 'faces', bytes })).toBeNull();
		expect((await stored(photo)).model).toBe(defaultEmbedder.id);
		await server.reembed.run(hana.workspace);
		expect((await stored(photo)).model).toBe(id);
	});
	it('has a threshold of the studio', async () => {
		const response = await hana.request('PUT', at(`/face-models/${id}/threshold`), {
			threshold: 0.05
		});
		expect(response.status).toBe(200);
		expect((await models()).models[1]).toMatchObject({ threshold: 0.4, ownThreshold: 0.05 });
		expect(await bySelfie()).toEqual([]);
		await hana.request('PUT', at(`/face-models/${id}/threshold`), { threshold: null });
		expect(await bySelfie()).toEqual([photos['elsewhere']]);
	});
	it('shows pairs to judge, and how many there are at which distance', async () => {
		const { pairs, counts, step } = await hana.json<FacePairs>('GET', at('/face-pairs'));
		expect(step).toBeCloseTo(0.04);
		const [one, another] = await Promise.all(Object.values(photos).map(stored));
		const distance = distanceOf(one!.faces[0]!.embedding, another!.faces[0]!.embedding);
		const isNear = distance < 20 * step;
		expect(counts.reduce((sum, count) => sum + count, 0)).toBe(isNear ? 1 : 0);
		for (const pair of pairs) expect(pair.distance).toBeCloseTo(distance, 4);
	});
	it('cannot be removed while it is in use, and can be left again', async () => {
		expect((await platform('DELETE', `/${id}`)).status).toBe(409);
		await hana.json('PUT', at('/face-model'), { model: defaultEmbedder.id });
		await server.reembed.run(hana.workspace);
		expect((await models()).inUse.id).toBe(defaultEmbedder.id);
		expect((await stored(photos['elsewhere']!)).model).toBe(defaultEmbedder.id);
		expect(await bySelfie()).toEqual([photos['elsewhere']]);
		expect((await platform('DELETE', `/${id}`)).status).toBe(204);
		expect((await fetch(`${server.url}/models/added/${id}.onnx`)).status).toBe(404);
	});
});
