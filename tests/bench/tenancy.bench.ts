// What the walls between studios cost, on a real Postgres with 1,000 workspaces, 20,000 members and 1,000,000 photos:
// the list of an event's photos through row-level security beside the same query of the tables' owner, and what the
// check of session and membership adds to a request.
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import connect from 'postgres';
import type { Database } from '../../server/database/database.ts';
import { createSessions } from '../../server/features/auth/sessions.ts';
import { listPhotos } from '../../server/features/photos/store.ts';
import { start } from '../../server/start.ts';
import { startPostgres } from '../../tools/services.mjs';
import { root } from '../support/paths.ts';
import { type Figure, figure, round } from './support.ts';

const WORKSPACES = 1_000;
const MEMBERS = 20_000;
const PHOTOS = 1_000_000;
const EVENTS_EACH = 4;
const ROUNDS = 400;
const TOKEN = 'bench-session-of-the-first-member-0123456789';

async function fill(database: Database): Promise<void> {
	const hash = createHash('sha256').update(TOKEN).digest('hex');
	// deterministic ids: md5 of a word and a number, as a uuid
	await database.script(`
		insert into users (id, email, name, password_hash)
			select md5('user' || n)::uuid, 'u' || n || '@example.com', 'Person ' || n, 'none' from generate_series(1, ${MEMBERS}) n;
		insert into workspaces (id, slug, name)
			select md5('workspace' || n)::uuid, 'studio-' || n, 'Studio ' || n from generate_series(1, ${WORKSPACES}) n;
		insert into members (workspace_id, user_id, role)
			select md5('workspace' || (n % ${WORKSPACES} + 1))::uuid, md5('user' || n)::uuid, 'editor' from generate_series(1, ${MEMBERS}) n;
		insert into projects (workspace_id, id, type, name, created_at)
			select md5('workspace' || w)::uuid, md5('event' || w || '-' || e)::uuid, 'event', 'Event ' || e, now()
			from generate_series(1, ${WORKSPACES}) w, generate_series(1, ${EVENTS_EACH}) e;
		insert into photos (workspace_id, event_id, id, name, sha256, size, type, width, height, taken_at, imported_by, imported_at)
			select md5('workspace' || w)::uuid, md5('event' || w || '-' || (p % ${EVENTS_EACH} + 1))::uuid, md5(w || '/' || p),
				'IMG_' || p || '.JPG', md5(w || '/' || p) || md5(w || '-' || p), 2500000, 'image/jpeg', 6000, 4000,
				timestamp '2026-01-19 10:00' + p * interval '3 seconds', md5('user' || w)::uuid, now()
			from generate_series(1, ${WORKSPACES}) w, generate_series(1, ${PHOTOS / WORKSPACES}) p;
		insert into photo_marks (workspace_id, event_id, photo_id, field, value)
			select workspace_id, event_id, id, 'rating', '3' from photos where ascii(id) % 4 = 0;
		insert into assets (workspace_id, kind, cache_key, sha256, size, path)
			select p.workspace_id, k.kind, k.kind || p.event_id || p.id, p.sha256, 30000, p.id
			from photos p, (values ('thumb'), ('faces')) k(kind);
		insert into photo_files (workspace_id, event_id, photo_id, kind, asset_id, faces, created_by)
			select p.workspace_id, p.event_id, p.id, k.kind, a.id, 2, p.imported_by
			from photos p cross join (values ('thumb'), ('faces')) k(kind)
			join assets a on a.workspace_id = p.workspace_id and a.cache_key = k.kind || p.event_id || p.id;
		insert into sessions (id, user_id, expires_at, device)
			select md5('session' || n) || md5(n::text), md5('user' || n)::uuid, now() + interval '30 days', '' from generate_series(2, ${MEMBERS}) n;
		insert into sessions (id, user_id, expires_at, device)
			values ('${hash}', md5('user1')::uuid, now() + interval '30 days', '');
	`);
	// what a database does by itself after so much was written: not to be measured here
	await database.query(`vacuum analyze`);
	await database.query(`checkpoint`);
}

const p95 = (times: number[]) => [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.95)]!;
async function timed(run: () => Promise<unknown>): Promise<number> {
	const from = performance.now();
	await run();
	return performance.now() - from;
}

async function photoLists(database: Database): Promise<Figure> {
	const walled: number[] = [];
	const open: number[] = [];
	for (let round = 0; round < ROUNDS; round++) {
		const n = ((round * 37) % WORKSPACES) + 1;
		const [row] = await database.query<{ workspace: string; event: string }>(
			`select md5('workspace' || $1::text)::uuid as workspace, md5('event' || $1::text || '-1')::uuid as event`,
			[String(n)]
		);
		const { workspace, event } = row!;
		const asTenant = () =>
			timed(() => database.tenant(workspace, (queries) => listPhotos(queries, workspace, event)));
		const asOwner = () =>
			timed(() => database.transaction((queries) => listPhotos(queries, workspace, event)));
		// whoever is first warms the pages for the other: take turns
		if (round % 2 === 0) {
			walled.push(await asTenant());
			open.push(await asOwner());
		} else {
			open.push(await asOwner());
			walled.push(await asTenant());
		}
	}
	const skipped = 40;
	return figure(
		'tenancy',
		p95(walled.slice(skipped)),
		p95(open.slice(skipped)),
		'ms, p95 of a list of 250 photos',
		'ratio <= 1.3',
		{ workspaces: WORKSPACES, members: MEMBERS, photos: PHOTOS }
	);
}

/** What the gate adds to a request: session, person and memberships, by the cookie. */
async function sessionCheck(database: Database, url: string): Promise<Figure> {
	const cookie = `aura_session=${TOKEN}`;
	const repeat = async (run: () => Promise<unknown>) => {
		const times: number[] = [];
		for (let done = 0; done < ROUNDS * 2; done++) times.push(await timed(run));
		return p95(times.slice(100));
	};
	const ask = (path: string) => async () => {
		const response = await fetch(`${url}${path}`, { headers: { cookie } });
		if (!response.ok) throw new Error(`${path}: ${response.status}`);
		await response.arrayBuffer();
	};
	const sessions = createSessions(database, false);
	const alone = await repeat(() => sessions.check(cookie));
	const without = await repeat(ask('/api/auth/methods'));
	const withIt = await repeat(ask('/api/workspaces'));
	return {
		...figure(
			'tenancy session',
			withIt - without,
			null,
			'ms beyond an empty route, p95',
			'ours <= 2'
		),
		withIt: round(withIt),
		without: round(without),
		alone: round(alone)
	};
}

export async function run(): Promise<Figure[]> {
	const postgres = await startPostgres(root);
	const dataDir = mkdtempSync(join(tmpdir(), 'aura-bench-'));
	const name = `bench_${randomUUID().replaceAll('-', '')}`;
	const admin = connect(postgres.url, { max: 1, onnotice: () => {} });
	try {
		await admin.unsafe(`create database ${name}`);
		const databaseUrl = new URL(postgres.url);
		databaseUrl.pathname = `/${name}`;
		const server = await start(
			{
				port: 0,
				host: '127.0.0.1',
				dataDir,
				databaseUrl: databaseUrl.toString(),
				s3: undefined,
				setupToken: 'x',
				publicUrl: undefined,
				smtpUrl: undefined,
				mailFrom: 'aura@localhost',
				github: undefined,
				secretKey: undefined,
				redisUrl: undefined,
				backups: undefined,
				rateLimits: { person: 1e6, workspace: 1e6, address: 1e6 },
				trustedProxies: 0,
				requestTimeout: 120_000,
				appDir: join(root, 'build/app'),
				relayThread: join(root, 'build/server/relay-thread.js'),
				peopleThread: join(root, 'build/server/people-thread.js'),
				facesThread: join(root, 'build/server/faces-thread.js'),
				embedThread: join(root, 'build/server/embed-thread.js'),
				version: 'bench'
			},
			(error) => console.error(error)
		);
		try {
			await fill(server.database);
			return [
				await photoLists(server.database),
				await sessionCheck(server.database, `http://localhost:${server.port}`)
			];
		} finally {
			await server.stop();
		}
	} finally {
		await admin.unsafe(`drop database if exists ${name} with (force)`);
		await admin.end();
		postgres.stop();
		rmSync(dataDir, { recursive: true, force: true });
	}
}
