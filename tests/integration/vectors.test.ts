// A Postgres without pgvector: it starts, searches find the same, and it becomes pgvector's when that can be had.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes, randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultEmbedder } from '#shared/faces/models.ts';
import type { Database } from '../../server/database/database.ts';
import { migrate } from '../../server/database/migrate.ts';
import { openPglite } from '../../server/database/pglite.ts';
import { openPostgres } from '../../server/database/postgres.ts';
import { columnsOf } from '../../server/database/rows.ts';
import { HAND_OVER, vectorsOf } from '../../server/database/vectors.ts';
import { readRows, writeRows } from '../../server/features/backups/rows.ts';
import {
	replaceFaces,
	searchEvent,
	searchFaces,
	searchMore
} from '../../server/features/faces/store.ts';
import { listEmbeddings } from '../../server/features/people/store.ts';
import { seededRandom } from '../simulation/world.ts';
import { freshDatabase } from '../support/database.ts';
import { facesOf } from '../support/made-up.ts';

const PHOTOS = 40;
const user = randomUUID();
const workspace = randomUUID();
const event = randomUUID();
const { id: model, dimensions } = defaultEmbedder;
const random = seededRandom(5);
const { person, seen } = facesOf(random, dimensions);
const people = Array.from({ length: 6 }, person);
const photos = Array.from({ length: PHOTOS }, (_, n) => ({
	id: n.toString(16).padStart(32, '0'),
	faces: [people[n % 6]!, people[(n * 5 + 1) % 6]!].map(seen)
}));
const folder = mkdtempSync(join(tmpdir(), 'aura-vectors-'));
const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
	for (const close of closing.reverse()) await close();
	rmSync(folder, { recursive: true, force: true });
});

interface Plain {
	open(): Promise<Database>;
	/** its server has stopped, and from now on the extension can be had */
	allow(): Promise<void>;
}
/** A database whose server may not install pgvector, or has none. */
async function withoutExtension(): Promise<Plain> {
	const fresh = await freshDatabase();
	if (!fresh) {
		let isAllowed = false;
		const at = join(folder, 'plain');
		return {
			open: () => (isAllowed ? openPglite(at) : openPglite(at, {})),
			allow: async () => void (isAllowed = true)
		};
	}
	closing.push(fresh.drop);
	const admin = postgres(fresh.url, { max: 1, onnotice: () => {} });
	const role = `plain_${randomBytes(4).toString('hex')}`;
	await admin.unsafe(`create role ${role} login createrole password 'x'`);
	await admin.unsafe(`alter schema public owner to ${role}`);
	// what another installation on this server has made already
	await admin.unsafe(
		`do $$ begin create role aura_tenant nologin; exception when others then null; end $$`
	);
	await admin.unsafe(`grant aura_tenant to ${role} with admin option`);
	closing.push(async () => {
		await admin.unsafe(`drop owned by ${role} cascade`);
		await admin.unsafe(`drop role ${role}`);
		await admin.end();
	});
	const url = new URL(fresh.url);
	[url.username, url.password] = [role, 'x'];
	return {
		open: async () => openPostgres(url.href),
		// pgvector is not among the extensions that an owner may install
		allow: async () => void (await admin.unsafe(HAND_OVER))
	};
}

async function usual(): Promise<Database> {
	const fresh = await freshDatabase();
	if (fresh) closing.push(fresh.drop);
	return fresh ? openPostgres(fresh.url) : openPglite(join(folder, 'usual'));
}

async function fill(database: Database): Promise<void> {
	await database.script(`
		insert into users (id, email, name, password_hash) values ('${user}', 'u@example.com', 'Person', 'none');
		insert into workspaces (id, slug, name) values ('${workspace}', 'studio', 'Studio');
		set local role aura_tenant;
		set local app.workspace_id = '${workspace}';
		insert into projects (workspace_id, id, type, name, created_at)
			values ('${workspace}', '${event}', 'event', 'Event', now());
		${photos
			.map(
				({ id }, n) => `
		insert into photos (workspace_id, event_id, id, name, sha256, size, type, width, height, taken_at, imported_by, imported_at)
			values ('${workspace}', '${event}', '${id}', 'IMG_${n}.JPG', '${id}${id}', 1, 'image/jpeg', 6, 4,
				'2026-01-19 10:00', '${user}', now());
		insert into assets (workspace_id, id, kind, cache_key, sha256, size, path)
			values ('${workspace}', md5('${id}')::uuid, 'thumb', 'thumb/${id}', '${id}', 1, '${id}');
		insert into photo_files (workspace_id, event_id, photo_id, kind, asset_id, created_by)
			values ('${workspace}', '${event}', '${id}', 'thumb', md5('${id}')::uuid, '${user}');`
			)
			.join('\n')}`);
	for (const { id, faces } of photos)
		await database.tenant(workspace, (queries) =>
			replaceFaces(queries, { workspace, event, photo: id }, {
				model,
				faces: faces.map((embedding, n) => ({
					...{ embedding, quality: 0.5 + n / 10, keypoints: [] },
					box: { x: 0.1 + n / 2, y: 0.1, width: 0.2, height: 0.2 }
				}))
			} as unknown as Parameters<typeof replaceFaces>[2])
		);
}

/** All that is asked with a vector, of each person. */
async function answers(database: Database) {
	const of = { workspace, event };
	const wanted = { events: [event], from: null, to: null, rating: 0, limit: 100 };
	return database.tenant(workspace, async (queries) => {
		const found: unknown[] = [];
		for (const probe of people.map(seenOnce)) {
			const mine = await searchEvent(queries, of, defaultEmbedder, probe, 100);
			const ids = mine.map(({ id }) => id);
			found.push(
				ids,
				(await searchFaces(queries, workspace, defaultEmbedder, probe, wanted)).map(
					({ photo }) => photo
				),
				(
					await searchMore(
						queries,
						of,
						defaultEmbedder,
						probe,
						{ me: ids.slice(0, 2), notMe: ids.slice(2, 3) },
						100
					)
				).map(({ id }) => id)
			);
		}
		const ids = photos.map(({ id }) => id);
		const embeddings = await listEmbeddings(queries, workspace, event, model, ids);
		return { found, embeddings };
	});
}
const probes = new Map(people.map((each) => [each, [...seen(each)]]));
const seenOnce = (each: Float32Array): number[] => probes.get(each)!;

const linesOf = async (database: Database) =>
	database.transaction(async (queries) => {
		const columns = await columnsOf(queries, 'faces');
		const lines: string[] = [];
		for await (const row of readRows(queries, 'faces', columns, [workspace]))
			lines.push(JSON.stringify(row));
		return { names: columns.map(({ name }) => name), lines: lines.sort() };
	});

describe('a Postgres without pgvector', () => {
	let plain: Plain;
	let without: Database;
	let normal: Database;
	let expected: Awaited<ReturnType<typeof answers>>;
	beforeAll(async () => {
		plain = await withoutExtension();
		without = await plain.open();
		closing.push(() => without.close());
		normal = await usual();
		closing.push(() => normal.close());
		for (const database of [without, normal]) {
			await migrate(database);
			await fill(database);
		}
		expected = await answers(normal);
	}, 120_000);

	it('finds the same', async () => {
		expect(await vectorsOf(normal)).toBe('pgvector');
		expect(await vectorsOf(without)).toBe('arrays');
		expect((expected.found as string[][]).filter((each) => each.length > 3).length).toBeGreaterThan(
			6
		);
		expect(expected.embeddings).toHaveLength(2 * PHOTOS);
		expect(await answers(without)).toEqual(expected);
	});
	it('starts again as it is, and keeps to its walls', async () => {
		await migrate(without);
		expect(await vectorsOf(without)).toBe('arrays');
		const others = await without.tenant(randomUUID(), (queries) =>
			queries.query(`select 1 from faces`)
		);
		expect(others).toEqual([]);
	});
	it('takes a backup of one with pgvector, and gives it one, row for row', async () => {
		const [ours, theirs] = [await linesOf(without), await linesOf(normal)];
		expect(ours).toEqual(theirs);
		for (const database of [without, normal])
			await database.transaction((queries) =>
				writeRows(
					queries,
					'faces',
					theirs.names,
					(async function* () {
						yield* await Promise.resolve(theirs.lines);
					})()
				)
			);
		expect(await linesOf(without)).toEqual(theirs);
		expect(await answers(without)).toEqual(expected);
	});
	it('becomes pgvector at the next start once that can be had', async () => {
		await without.close();
		await plain.allow();
		without = await plain.open();
		await migrate(without);
		expect(await vectorsOf(without)).toBe('pgvector');
		expect(await answers(without)).toEqual(expected);
		expect(await linesOf(without)).toEqual(await linesOf(normal));
	});
});
