// Search by face on the server, on a real Postgres with 1,000,000 faces in 200 workspaces: in a whole workspace and in one
// event, through the walls between studios, beside what the same faces give when they are all compared here. One
// workspace has 100,000 faces more: what a large studio waits for.
import { randomUUID } from 'node:crypto';
import connect from 'postgres';
import { distanceOf } from '#shared/faces/geometry.ts';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { type Config } from '../../server/config.ts';
import type { Database } from '../../server/database/database.ts';
import { openDatabase } from '../../server/database/open.ts';
import { searchEvent, searchFaces } from '../../server/features/faces/store.ts';
import { startPostgres } from '../../tools/services.mjs';
import { seededRandom } from '../simulation/world.ts';
import { facesOf } from '../support/made-up.ts';
import { root } from '../support/paths.ts';
import { type Figure, figure } from './support.ts';

const WORKSPACES = 200;
const FACES_EACH = Number(process.env['AURA_BENCH_FACES'] ?? 1_000_000) / WORKSPACES;
const LARGE = 100_000;
const EVENTS = 5;
const FACES_A_PHOTO = 4;
/** Workspaces whose faces are people's, as alike as real ones; those of the others are noise. */
const PEOPLED = 10;
const FACES_A_PERSON = 20;
const ROUNDS = 200;
const WARM = 20;
const TOP = 50;
const { id: model, dimensions, threshold } = defaultEmbedder;

const random = seededRandom(3);
const { person: somebody, seen } = facesOf(random, dimensions);

interface Face {
	event: string;
	photo: string;
	face: number;
	embedding: Float32Array;
}
interface Peopled {
	workspace: string;
	people: Float32Array[];
	faces: Face[];
}

/** Faces and the photos that they are on; ids are md5 of a word and a number. */
async function fill(database: Database): Promise<void> {
	await database.script(`
		insert into users (id, email, name, password_hash) values (md5('user')::uuid, 'u@example.com', 'Person', 'none');
		insert into workspaces (id, slug, name)
			select md5('workspace' || n)::uuid, 'studio-' || n, 'Studio ' || n from generate_series(1, ${WORKSPACES}) n;
		insert into projects (workspace_id, id, type, name, created_at)
			select md5('workspace' || w)::uuid, md5('event' || w || '-' || e)::uuid, 'event', 'Event', now()
			from generate_series(1, ${WORKSPACES}) w, generate_series(0, ${EVENTS - 1}) e;
		insert into photos (workspace_id, event_id, id, name, sha256, size, type, width, height, taken_at, imported_by, imported_at)
			select md5('workspace' || w)::uuid, md5('event' || w || '-' || p % ${EVENTS})::uuid, md5(w || '/' || p),
				'IMG_' || p || '.JPG', md5(w || '/' || p) || md5(w || '-' || p), 2500000, 'image/jpeg', 6000, 4000,
				timestamp '2026-01-19 10:00' + p * interval '3 seconds', md5('user')::uuid, now()
			from generate_series(1, ${WORKSPACES}) w,
				lateral generate_series(0, (${FACES_EACH} + case when w = ${WORKSPACES} then ${LARGE} else 0 end) / ${FACES_A_PHOTO} - 1) p;
		insert into assets (workspace_id, kind, cache_key, sha256, size, path)
			select workspace_id, 'thumb', event_id || id, sha256, 30000, id from photos;
		insert into photo_files (workspace_id, event_id, photo_id, kind, asset_id, created_by)
			select p.workspace_id, p.event_id, p.id, 'thumb', a.id, p.imported_by
			from photos p join assets a on a.workspace_id = p.workspace_id and a.cache_key = p.event_id || p.id;
		insert into faces (workspace_id, event_id, photo_id, face, model, box, quality, embedding)
			select p.workspace_id, p.event_id, p.id, f, '${model}', '{0.1,0.1,0.1,0.1}', 0.8,
				(select array_agg((random() - 0.5) * 0.2 + 0 * (d + f)) from generate_series(1, ${dimensions}) d)::vector
			from photos p, generate_series(0, ${FACES_A_PHOTO - 1}) f;
	`);
}

async function peopleOf(database: Database, number: number): Promise<Peopled> {
	const [row] = await database.query<{ workspace: string }>(
		`select md5('workspace' || $1::text)::uuid as workspace`,
		[String(number)]
	);
	const { workspace } = row!;
	const people = Array.from({ length: FACES_EACH / FACES_A_PERSON }, somebody);
	const places = await database.tenant(workspace, (queries) =>
		queries.query<Omit<Face, 'embedding'>>(
			`select event_id as event, photo_id as photo, face from faces order by 1, 2, 3`
		)
	);
	const faces = places.map((place) => ({
		...place,
		embedding: seen(people[Math.floor(random() * people.length)]!)
	}));
	for (let at = 0; at < faces.length; at += 500) {
		const rows = faces
			.slice(at, at + 500)
			.map(({ embedding, ...place }) => ({ ...place, embedding: `[${[...embedding].join(',')}]` }));
		await database.tenant(workspace, (queries) =>
			queries.query(
				`update faces f set embedding = r.embedding::vector
				 from jsonb_to_recordset($1::text::jsonb) as r(event uuid, photo text, face integer, embedding text)
				 where f.workspace_id = $2 and f.event_id = r.event and f.photo_id = r.photo and f.face = r.face`,
				[JSON.stringify(rows), workspace]
			)
		);
	}
	return { workspace, people, faces };
}

const p95 = (times: number[]) => [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.95)]!;

/** Photos nearest to a face, by comparing all. */
function nearest(faces: readonly Face[], probe: Float32Array): string[] {
	const best = new Map<string, number>();
	for (const { photo, embedding } of faces) {
		const distance = distanceOf(embedding, probe);
		if (distance <= threshold) best.set(photo, Math.min(distance, best.get(photo) ?? Infinity));
	}
	return [...best]
		.sort((a, b) => a[1] - b[1])
		.slice(0, TOP)
		.map(([photo]) => photo);
}

async function measure(database: Database, peopled: readonly Peopled[]) {
	const times = { workspace: [] as number[], event: [] as number[], large: [] as number[] };
	let [wanted, found] = [0, 0];
	const timed = async <T>(list: number[], run: () => Promise<T>): Promise<T> => {
		const began = performance.now();
		const answer = await run();
		list.push(performance.now() - began);
		return answer;
	};
	const [large] = await database.query<{ workspace: string; events: string[] }>(
		`select workspace_id as workspace, array_agg(id::text) as events from projects
		 where workspace_id = md5('workspace' || $1::text)::uuid group by 1`,
		[String(WORKSPACES)]
	);
	const all = { from: null, to: null, rating: 0, limit: 200 };
	for (let round = 0; round < ROUNDS + WARM; round++) {
		const { workspace, people, faces } = peopled[round % peopled.length]!;
		const probe = seen(people[Math.floor(random() * people.length)]!);
		const embedding = [...probe];
		const events = [...new Set(faces.map(({ event }) => event))];
		const inAll = await timed(times.workspace, () =>
			database.tenant(workspace, (queries) =>
				searchFaces(queries, workspace, defaultEmbedder, embedding, { events, ...all })
			)
		);
		const event = events[round % events.length]!;
		const inEvent = await timed(times.event, () =>
			database.tenant(workspace, (queries) =>
				searchEvent(queries, { workspace, event }, defaultEmbedder, embedding, 500)
			)
		);
		if (round % 10 === 0)
			await timed(times.large, () =>
				database.tenant(large!.workspace, (queries) =>
					searchFaces(queries, large!.workspace, defaultEmbedder, embedding, {
						events: large!.events,
						...all
					})
				)
			);
		for (const [got, of] of [
			[inAll.map(({ photo }) => photo), faces],
			[inEvent.map(({ id }) => id), faces.filter((face) => face.event === event)]
		] as const) {
			const top = nearest(of, probe);
			const there = new Set(got.slice(0, TOP));
			wanted += top.length;
			found += top.filter((photo) => there.has(photo)).length;
		}
	}
	return {
		workspace: p95(times.workspace.slice(WARM)),
		event: p95(times.event.slice(WARM)),
		large: p95(times.large.slice(WARM / 10)),
		recall: found / wanted
	};
}

export async function run(): Promise<Figure[]> {
	const postgres = await startPostgres(root);
	const name = `bench_${randomUUID().replaceAll('-', '')}`;
	const admin = connect(postgres.url, { max: 1, onnotice: () => {} });
	try {
		await admin.unsafe(`create database ${name}`);
		const databaseUrl = new URL(postgres.url);
		databaseUrl.pathname = `/${name}`;
		const database = await openDatabase({ databaseUrl: databaseUrl.toString() } as Config);
		try {
			await fill(database);
			const peopled: Peopled[] = [];
			for (let n = 1; n <= PEOPLED; n++) peopled.push(await peopleOf(database, n));
			// what a database does by itself after so much was written: not to be measured here
			await database.query(`vacuum analyze`);
			await database.query(`checkpoint`);
			const { workspace, event, large, recall } = await measure(database, peopled);
			const about = { faces: FACES_EACH * WORKSPACES + LARGE, workspaces: WORKSPACES };
			return [
				figure('server-search', workspace, null, 'ms, p95 in a workspace', 'ours <= 50', about),
				figure('server-search event', event, null, 'ms, p95 in an event', 'ours <= 20'),
				figure('server-search recall', recall, 1, 'recall@50', 'ours >= 0.98'),
				figure(
					'server-search large',
					large,
					null,
					`ms, p95 in a workspace of ${LARGE + FACES_EACH} faces`,
					'-'
				)
			];
		} finally {
			await database.close();
		}
	} finally {
		await admin.unsafe(`drop database if exists ${name} with (force)`).catch(() => undefined);
		await admin.end();
		postgres.stop();
	}
}
