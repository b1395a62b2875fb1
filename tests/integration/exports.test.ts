import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Export } from '#shared/exports.ts';
import { exportedTables } from '../../server/features/exports/tables.ts';
import { isOwnPath, restoreArchive } from '../../server/features/exports/restore.ts';
import { verifyStorage } from '../../server/features/files/verify.ts';
import { verifyProjections } from '../../server/relay/rebuild.ts';
import {
	type Session,
	makeEvent,
	openStockClient,
	photoFacts,
	setUp,
	until
} from '../support/client.ts';
import { addPerson, signIn } from '../support/people.ts';
import { padded } from '../support/noise.ts';
import { samplePhoto } from '../support/paths.ts';
import { type TestServer, startTestServer } from '../support/server.ts';
import { type Content, hashOf, isEqual, readStored, sendFile } from '../support/upload.ts';

let server: TestServer;
let elsewhere: TestServer;
let hana: Session;
const person = randomUUID();
let event: string;
let code: string;
let folder: string;
const sample = new Uint8Array(readFileSync(samplePhoto(1)));
const contents: Content[] = [];

const at = (path: string) => `/api/workspaces/${hana.workspace}${path}`;
const contentOf = async (of: TestServer, cookie: string) => {
	const client = openStockClient(of.url, cookie, `event/${event}`);
	await client.synced;
	const roots = ['photos', 'marks', 'stored', 'trash'].map((root) =>
		client.doc.getMap(root).toJSON()
	);
	client.destroy();
	return roots;
};
const rowsOf = (of: TestServer, table: string, key: string) =>
	of.database.tenant(hana.workspace, async (queries) =>
		(
			await queries.query<{ row: string }>(
				`select to_jsonb(t)::text as row from ${table} t where workspace_id = $1 order by ${key}`,
				[hana.workspace]
			)
		).map(({ row }) => row)
	);
/** Makes an archive, and fetches it in ranges as a line that breaks does. */
async function fetchArchive(hasFaces: boolean): Promise<string> {
	const begun = await hana.json<Export>('POST', at('/exports'), { hasFaces });
	let made: Export | undefined;
	await until('the archive', async () => {
		const { exports } = await hana.json<{ exports: Export[] }>('GET', at('/exports'));
		made = exports.find(({ id }) => id === begun.id);
		expect(made?.state).not.toBe('failed');
		return made?.state === 'ready';
	});
	const address = at(`/exports/${begun.id}/file`);
	const parts: Buffer[] = [];
	const step = Math.ceil(made!.size! / 3);
	for (let from = 0; from < made!.size!; from += step) {
		const range = `bytes=${from}-${from + step - 1}`;
		const answer = await hana.request('GET', address, undefined, { range });
		expect(answer.status).toBe(206);
		parts.push(Buffer.from(await answer.arrayBuffer()));
	}
	const archive = Buffer.concat(parts);
	expect(archive).toHaveLength(made!.size!);
	expect(createHash('sha256').update(archive).digest('hex')).toBe(made!.sha256);
	const file = join(folder, `${begun.id}.zip`);
	writeFileSync(file, archive);
	return file;
}

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'aura-exports-'));
	server = await startTestServer();
	elsewhere = await startTestServer();
	hana = await setUp(server);
	const editor = await addPerson(server, hana.workspace, 'editor');
	event = await makeEvent(hana, 'ጥምቀት 2026');
	await hana.json('POST', at('/projects'), { type: 'folder', name: 'Weddings' });
	const client = openStockClient(server.url, hana.cookie, `event/${event}`);
	await client.synced;
	for (let seed = 0; seed < 3; seed++) {
		const bytes = padded(sample, 300_000, seed);
		const sha256 = hashOf(bytes);
		const photo = sha256.slice(0, 32);
		client.doc.getMap('photos').set(
			photo,
			photoFacts(hana.userId, {
				sha256,
				size: bytes.length,
				name: `ፎቶ_${seed}.jpg`,
				...(seed === 0 ? { source: 'event_temp' } : {})
			})
		);
		client.doc.getMap('marks').set(`${photo}/rating`, seed + 1);
		const content: Content = { event, photo, kind: 'original', bytes };
		contents.push(content);
		expect(await sendFile(hana, content)).toBeNull();
		await server.database.tenant(hana.workspace, (queries) =>
			queries.query(
				`insert into faces (workspace_id, event_id, photo_id, face, model, box, quality, embedding)
				 values ($1, $2, $3, 0, 'dlib-resnet-128', $4, 0.7, $5::text::vector)`,
				[hana.workspace, event, photo, [0, 0, 1, 0.25], `[${Array(128).fill(0.123).join(',')}]`]
			)
		);
	}
	const said = { at: '2026-01-20T00:00:00.000Z', by: hana.userId };
	client.doc.getMap('approved').set(contents[0]!.photo, said);
	client.doc
		.getMap('trash')
		.set(contents[2]!.photo, { at: '2026-01-20T00:00:00.000Z', by: hana.userId });
	client.doc.getMap('clocks').set('name/Test camera', 3612);
	client.doc.getMap('identified').set(`${contents[0]!.photo}/500,125`, person);
	const studio = openStockClient(server.url, hana.cookie, `workspace/${hana.workspace}`);
	await studio.synced;
	studio.doc
		.getMap('people')
		.set(person, { by: hana.userId, createdAt: '2026-01-20T00:00:00.000Z' });
	studio.doc.getMap('personFields').set(`${person}/name`, 'ሣራ');
	await hana.json('POST', at(`/events/${event}/faces/forget`), {
		faces: [`${contents[1]!.photo}/500,125`]
	});
	({ code } = await hana.json<{ code: string }>('PUT', at(`/events/${event}/guest-access`)));
	await server.database.tenant(hana.workspace, (queries) =>
		queries.query(
			`insert into forget_requests (workspace_id, event_id, faces) values ($1, $2, array['x'])`,
			[hana.workspace, event]
		)
	);
	await server.database.tenant(hana.workspace, (queries) =>
		queries.query(
			`insert into guest_consents (workspace_id, event_id, day, language, version, text) values ($1, $2, '2026-01-20', 'am', 'x', 'እሺ')`,
			[hana.workspace, event]
		)
	);
	await hana.json('POST', at('/teams'), { name: 'Crew', members: [editor.userId] });
	await until('it is all there', async () => {
		const [people, decisions] = [
			await rowsOf(server, 'people', '1'),
			await rowsOf(server, 'face_decisions', '1')
		];
		return people.length + decisions.length + (await rowsOf(server, 'trashed', '1')).length === 3;
	});
	client.destroy();
	studio.destroy();
}, 120_000);
afterAll(async () => {
	await server.stop();
	await elsewhere.stop();
	rmSync(folder, { recursive: true, force: true });
});

it('moves a workspace to another installation with everything in it', async () => {
	const before = await contentOf(server, hana.cookie);
	const file = await fetchArchive(true);
	const restored = await restoreArchive(elsewhere.database, elsewhere.storage, file);
	expect(restored).toMatchObject({
		workspace: hana.workspace,
		name: 'Studio Abeba',
		photos: 3,
		files: (await rowsOf(server, 'assets', 'id')).length,
		missing: []
	});
	expect(restored.newPeople).toContain('hana@example.com');
	for (const { name, key } of exportedTables) {
		const strip = (rows: string[]) =>
			rows.map((row) => {
				// numbers that each installation gives by itself; the log went on after the archive
				const { id: _, heard_at: _at, ...rest } = JSON.parse(row) as Record<string, unknown>;
				// it has all of its time again
				if (name === 'temporary_photos') return rest;
				return ['assignments', 'costs', 'audit_log'].includes(name) ? rest : JSON.parse(row);
			});
		const [there, here] = [await rowsOf(elsewhere, name, key), await rowsOf(server, name, key)];
		if (!['costs', 'assignments'].includes(name)) expect(here.length, name).toBeGreaterThan(0);
		if (name === 'audit_log') expect(strip(here)).toEqual(expect.arrayContaining(strip(there)));
		else expect(strip(there), name).toEqual(strip(here));
	}
	expect(await verifyProjections(elsewhere.database)).toEqual([]);
	// who is who is found out anew
	await elsewhere.appearances.make(hana.workspace, event);
	expect(await rowsOf(elsewhere, 'appearances', '1')).toHaveLength(1);
	const { differences } = await verifyStorage(elsewhere.database, elsewhere.storage, {
		isDeep: true
	});
	expect(differences).toEqual([]);

	// nobody gets in with a password that never was; with a new one all is as it was
	const login = await fetch(`${elsewhere.url}/api/auth/login`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ email: 'hana@example.com', password: 'a long password' })
	});
	expect(login.status).toBe(401);
	const [known] = await server.database.query<{ password_hash: string }>(
		`select password_hash from users where id = $1`,
		[hana.userId]
	);
	await elsewhere.database.query(`update users set password_hash = $2 where id = $1`, [
		hana.userId,
		known!.password_hash
	]);
	const again = await signIn(elsewhere, 'hana@example.com', hana.workspace);
	expect(await contentOf(elsewhere, again.cookie)).toEqual(before);
	for (const content of contents)
		expect(isEqual(await readStored(again, content), content.bytes)).toBe(true);
	const page = await fetch(`${elsewhere.url}/api/scan/${code}`);
	expect(((await page.json()) as { event: { name: string } }).event.name).toBe('ጥምቀት 2026');
	// and it goes on being edited
	const client = openStockClient(elsewhere.url, again.cookie, `event/${event}`);
	await client.synced;
	client.doc.getMap('marks').set(`${contents[0]!.photo}/rating`, 5);
	await until('the edit', async () => {
		const { photos } = await again.json<{ photos: { id: string; rating: number }[] }>(
			'GET',
			at(`/events/${event}/photos`)
		);
		return photos.find(({ id }) => id === contents[0]!.photo)?.rating === 5;
	});
	client.destroy();
	// once is enough
	await expect(restoreArchive(elsewhere.database, elsewhere.storage, file)).rejects.toMatchObject({
		code: 'conflict'
	});
});

it('leaves faces out where they are not wanted', async () => {
	const file = await fetchArchive(false);
	const third = await startTestServer();
	try {
		await restoreArchive(third.database, third.storage, file, { slug: 'elsewhere' });
		expect(await rowsOf(third, 'faces', '1')).toEqual([]);
		expect(await rowsOf(third, 'photos', 'id')).toHaveLength(3);
	} finally {
		await third.stop();
	}
});

it('takes nothing of an archive that is damaged or cut off', async () => {
	const file = await fetchArchive(true);
	const whole = readFileSync(file);
	const third = await startTestServer();
	try {
		const offset = whole.indexOf(Buffer.from(contents[0]!.bytes.subarray(200_000, 200_064)));
		expect(offset).toBeGreaterThan(0);
		const flipped = Buffer.from(whole);
		flipped[offset]! ^= 1;
		// an archive that somebody has made up
		for (const path of [`files/${hana.workspace}/../x`, 'files/other/x', '/etc/x'])
			expect(isOwnPath(hana.workspace, path)).toBe(false);
		for (const bytes of [flipped, whole.subarray(0, whole.length - 1_000), Buffer.from('PK')]) {
			writeFileSync(file, bytes);
			await expect(restoreArchive(third.database, third.storage, file)).rejects.toThrow();
		}
		expect(await third.database.query(`select 1 from workspaces`)).toEqual([]);
		expect(await third.storage.list('files')).toEqual([]);
	} finally {
		await third.stop();
	}
});

it('is made one at a time, for those who may, and goes after some days', async () => {
	const photographer = await addPerson(server, hana.workspace, 'photographer');
	expect((await photographer.request('GET', at('/exports'))).status).toBe(403);
	const { exports } = await hana.json<{ exports: Export[] }>('GET', at('/exports'));
	expect(exports).toHaveLength(3);
	await server.database.tenant(hana.workspace, async (queries) => {
		await queries.query(`update exports set created_at = now() - interval '4 days'`);
		await queries.query(`insert into exports (workspace_id, has_faces) values ($1, false)`, [
			hana.workspace
		]);
	});
	expect((await hana.request('POST', at('/exports'), { hasFaces: false })).status).toBe(409);
	await server.exports.sweep();
	expect(await server.storage.list(`exports/${hana.workspace}`)).toEqual([]);
	// whoever made it died
	await server.database.tenant(hana.workspace, (queries) =>
		queries.query(`update exports set alive_at = now() - interval '2 minutes'`)
	);
	const { exports: left } = await hana.json<{ exports: Export[] }>('GET', at('/exports'));
	expect(left.map(({ state }) => state)).toEqual(['failed']);
	expect((await hana.request('POST', at('/exports'), { hasFaces: false })).status).toBe(201);
	await server.exports.settled();
	expect(server.reports).toEqual([]);
});
