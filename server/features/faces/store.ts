import type { Sidecar } from '#shared/faces/sidecar.ts';
import type { Embedder } from '#shared/faces/models.ts';
import type { PhotoType } from '#shared/photos/format.ts';
import { stacksOf } from '#shared/photos/pairs.ts';
import type { Queries } from '../../database/database.ts';
import { toVector, vectorText } from '../../database/vectors.ts';
import type { PhotoRef } from '../files/store.ts';
import { dueAgain } from '../people/projection.ts';

/** What is looked for, read once: a parameter by itself would be read anew for each face that it is compared with. */
export const PROBE = `(select ${toVector('$4::text')})`;

const literal = (embedding: ArrayLike<number>) => `[${Array.from(embedding).join(',')}]`;

/** Takes out what is made of photos with the next model. */
export async function removeNext(
	queries: Queries,
	workspace: string,
	event: string,
	photos: readonly string[]
): Promise<void> {
	for (const table of ['next_faces', 'next_sidecars'])
		await queries.query(
			`delete from ${table} where workspace_id = $1 and event_id = $2 and photo_id = any($3)`,
			[workspace, event, photos as string[]]
		);
}

/** Takes out the faces of a photo, those of the next model too. */
export async function removeFaces(
	queries: Queries,
	{ workspace, event, photo }: PhotoRef
): Promise<void> {
	await queries.query(
		`delete from faces where workspace_id = $1 and event_id = $2 and photo_id = $3`,
		[workspace, event, photo]
	);
	await removeNext(queries, workspace, event, [photo]);
}

/** Rows of a photo's faces. */
export async function insertFaces(
	queries: Queries,
	table: 'faces' | 'next_faces',
	ref: PhotoRef,
	sidecar: Sidecar
): Promise<void> {
	for (const [index, { box, quality, embedding }] of sidecar.faces.entries())
		await queries.query(
			`insert into ${table} (workspace_id, event_id, photo_id, face, model, box, quality, embedding)
			 values ($1, $2, $3, $4, $5, $6, $7, ${toVector('$8::text')})`,
			[
				ref.workspace,
				ref.event,
				ref.photo,
				index,
				sidecar.model,
				[box.x, box.y, box.width, box.height],
				quality,
				literal(embedding)
			]
		);
}

/** Puts the faces of one photo in place of those that were there. */
export async function replaceFaces(
	queries: Queries,
	ref: PhotoRef,
	sidecar: Sidecar
): Promise<void> {
	await removeFaces(queries, ref);
	await insertFaces(queries, 'faces', ref, sidecar);
	await dueAgain(queries, ref.workspace, [ref.event]);
}

/** A photo with the wanted face on it. */
export interface FoundPhoto {
	event: string;
	photo: string;
	name: string;
	/** pixels */
	width: number;
	height: number;
	/** [x, y, width, height], fractions */
	box: number[];
}

/**
 * Exact search in events of a workspace: photos with a face at most `threshold` away, nearest first, each once. The
 * workspace comes first in the key of faces: of others nothing is read.
 */
export function searchFaces(
	queries: Queries,
	workspace: string,
	model: Embedder,
	embedding: number[],
	wanted: {
		events: string[];
		from: string | null;
		to: string | null;
		rating: number;
		limit: number;
	}
): Promise<FoundPhoto[]> {
	return queries.query<FoundPhoto>(
		`select f.event_id as event, f.photo_id as photo, p.name, p.width, p.height, f.box
		 from (
		 	select distinct on (event_id, photo_id) event_id, photo_id, box, embedding <-> ${PROBE} as distance
		 	from faces where workspace_id = $1 and event_id = any($2::uuid[]) and model = $3
		 		and embedding <-> ${PROBE} <= $5
		 	order by event_id, photo_id, distance
		 ) f
		 join live_photos p on p.workspace_id = $1 and p.event_id = f.event_id and p.id = f.photo_id
		 where ($6::date is null or p.taken_at >= $6::date) and ($7::date is null or p.taken_at < $7::date + 1)
		 	and ($8 = 0 or exists (select 1 from photo_marks m where m.workspace_id = $1 and m.event_id = f.event_id
		 		and m.photo_id = f.photo_id and m.field = 'rating' and (m.value #>> '{}')::int >= $8))
		 order by f.distance, f.event_id, f.photo_id limit $9`,
		[
			...[workspace, wanted.events, model.id, literal(embedding), model.threshold],
			...[wanted.from, wanted.to, wanted.rating, wanted.limit]
		]
	);
}

/** How much farther than the first search the one for more looks: 0.6 where the first one says 0.55, which is dlib's own limit. */
const MORE = 1.09;
/** Faces that a guest said to be theirs, or not, at most. */
const PROBES = 12;

/**
 * Photos that may be of a guest too: near the guest's face or near one of those that they said to be theirs, and nearer to these
 * than to those that they said not to be theirs. Only a face that is the guest's by itself counts as said: nobody
 * walks from one face to the next.
 * @param said photos that the guest was shown
 */
export async function searchMore(
	queries: Queries,
	place: { workspace: string; event: string },
	model: Embedder,
	embedding: number[],
	said: { me: string[]; notMe: string[] },
	limit: number
): Promise<FaceMatch[]> {
	const probes = await queries.query<{ embedding: string; is: boolean }>(
		`select ${vectorText('embedding')} as embedding, "is" from (
		 	select distinct on (photo_id) photo_id, embedding, photo_id = any($5) as "is", embedding <-> ${PROBE} as distance
		 	from faces where workspace_id = $1 and event_id = $2 and model = $3 and photo_id = any($6)
		 	order by photo_id, distance
		 ) f where distance <= $7 order by distance limit $8`,
		[
			...[place.workspace, place.event, model.id, literal(embedding), said.me],
			...[[...said.me, ...said.notMe], model.threshold, 2 * PROBES]
		]
	);
	const of = (is: boolean) =>
		probes
			.filter((probe) => probe.is === is)
			.slice(0, PROBES)
			.map((probe) => probe.embedding);
	return searchNear(queries, place, model, {
		mine: [literal(embedding), ...of(true)],
		others: of(false),
		without: [...said.me, ...said.notMe],
		limit,
		distance: model.threshold * MORE
	});
}

/** A published photo with the wanted face on it. */
export interface FaceMatch {
	id: string;
	name: string;
	takenAt: string | null;
	/** bytes of the stored original */
	size: number | null;
}

/**
 * Exact search in one event: photos with a face at most `threshold` away, nearest first, RAW and JPEG of one shot as one.
 * Rejected photos, those whose thumbnail has not arrived, and faces of people whom the studio hides are left out.
 */
export const searchEvent = (
	queries: Queries,
	place: { workspace: string; event: string },
	model: Embedder,
	embedding: number[],
	limit: number
): Promise<FaceMatch[]> =>
	searchNear(queries, place, model, {
		mine: [literal(embedding)],
		others: [],
		without: [],
		limit,
		distance: model.threshold
	});

interface MatchRow extends FaceMatch {
	type: PhotoType;
	camera: string | null;
	by: string;
}

interface Near {
	/** embeddings as texts: near one of these */
	mine: string[];
	/** and farther from all of these */
	others: string[];
	/** photos that are known already */
	without: string[];
	limit: number;
	/** from the nearest of mine */
	distance: number;
}

async function searchNear(
	queries: Queries,
	place: { workspace: string; event: string },
	model: Embedder,
	{ mine, others, without, limit, distance }: Near
): Promise<FaceMatch[]> {
	const rows = await queries.query<MatchRow>(
		`with mine as materialized (select ${toVector('v')} as vector from unnest($4::text[]) v),
		 	others as materialized (select ${toVector('v')} as vector from unnest($5::text[]) v)
		 select p.id, p.name, to_char(p.taken_at, 'YYYY-MM-DD"T"HH24:MI:SS') as "takenAt", oa.size, p.type, p.camera,
		 	p.imported_by as by
		 from (
		 	select photo_id, min(distance) as distance from (
		 		select f.photo_id, f.face, f.embedding, (select min(f.embedding <-> vector) from mine) as distance
		 		from faces f where f.workspace_id = $1 and f.event_id = $2 and f.model = $3 and f.photo_id <> all($6)
		 		offset 0
		 	) d
		 	where d.distance <= $7 and not exists (select 1 from others where d.embedding <-> vector <= d.distance) and not exists (
		 		select 1 from appearances a join people h on h.workspace_id = $1 and h.id = a.person_id and h.hidden
		 		where a.workspace_id = $1 and a.event_id = $2 and a.photo_id = d.photo_id and a.face = d.face)
		 	group by photo_id
		 ) f
		 join live_photos p on p.workspace_id = $1 and p.event_id = $2 and p.id = f.photo_id
		 join photo_files t on t.workspace_id = $1 and t.event_id = $2 and t.photo_id = p.id and t.kind = 'thumb'
		 left join photo_files o on o.workspace_id = $1 and o.event_id = $2 and o.photo_id = p.id and o.kind = 'original'
		 left join assets oa on oa.workspace_id = $1 and oa.id = o.asset_id
		 left join photo_marks m on m.workspace_id = $1 and m.event_id = $2 and m.photo_id = p.id and m.field = 'flag'
		 where m.value is distinct from '"reject"'::jsonb
		 order by f.distance, p.id
		 limit $8`,
		[...[place.workspace, place.event, model.id, mine, others, without], ...[distance, limit]]
	);
	// a RAW file is for guests whose JPEG has not arrived
	const shots = stacksOf(rows.map((row) => ({ id: row.id, facts: row })));
	return shots.map(({ lead: { facts } }) => ({
		id: facts.id,
		name: facts.name,
		takenAt: facts.takenAt,
		size: facts.size === null ? null : Number(facts.size)
	}));
}

/** Whether an event has as many faces. */
export async function hasFaces(
	queries: Queries,
	workspace: string,
	event: string,
	count: number
): Promise<boolean> {
	const rows = await queries.query(
		`select from faces where workspace_id = $1 and event_id = $2 limit $3`,
		[workspace, event, count]
	);
	return rows.length === count;
}
