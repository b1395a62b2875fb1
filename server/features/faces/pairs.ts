import type { FacePair, FacePairs } from '#shared/faces/manifest.ts';
import type { Embedder } from '#shared/faces/models.ts';
import { boxOf, faceKey } from '#shared/people/faces.ts';
import type { Queries } from '../../database/database.ts';

/** Faces that are compared with each other, and how good they have to be. */
const FACES = 800;
const MIN_QUALITY = 0.3;
/** Steps up to twice the threshold, and those from which pairs are taken: where answers say something. */
const STEPS = 20;
const [FIRST, LAST] = [4, 15];
const PAIRS = 40;

interface PairRow {
	bin: number;
	count: string;
	distance: number;
	place: string;
	faces: { event: string; photo: string; box: number[]; width: number; height: number }[] | null;
}

/** Pairs of a studio's faces, as many near as far, in no order. Faces of one photo are two people, and are not asked about. */
export async function listPairs(
	queries: Queries,
	workspace: string,
	{ id, threshold }: Embedder
): Promise<FacePairs> {
	const step = threshold / 10;
	const rows = await queries.query<PairRow>(
		`with sample as materialized (
		 	select row_number() over () as i, f.* from (
		 		select f.event_id as event, f.photo_id as photo, f.box, p.width, p.height, f.embedding
		 		from faces f join live_shots p on p.workspace_id = $1 and p.event_id = f.event_id and p.id = f.photo_id
		 		join photo_files t on t.workspace_id = $1 and t.event_id = f.event_id and t.photo_id = f.photo_id and t.kind = 'thumb'
		 		where f.workspace_id = $1 and f.model = $2 and f.quality >= ${MIN_QUALITY} order by random() limit ${FACES}
		 	) f
		 ), pairs as materialized (
		 	select a.i, b.i as j, a.embedding <-> b.embedding as distance from sample a join sample b on a.i < b.i and a.photo <> b.photo
		 ), ranked as (
		 	select *, floor(distance / $3)::int as bin, row_number() over (partition by floor(distance / $3)::int order by random()) as place,
		 		count(*) over (partition by floor(distance / $3)::int) as count
		 	from pairs where distance < ${STEPS} * $3
		 )
		 select r.bin, r.count::text as count, r.place::text as place, r.distance, case when r.bin between ${FIRST} and ${LAST} then (
		 	select jsonb_agg(jsonb_build_object('event', s.event, 'photo', s.photo, 'box', s.box, 'width', s.width, 'height', s.height))
		 	from sample s where s.i in (r.i, r.j)) end as faces
		 from ranked r where r.place <= ${PAIRS} order by r.place, random()`,
		[workspace, id, step]
	);
	const counts = Array.from({ length: STEPS }, () => 0);
	for (const { bin, count } of rows) counts[bin] = Number(count);
	const pairs = rows
		.flatMap(({ faces, distance }): FacePair[] => {
			if (!faces) return [];
			const [one, other] = faces.map(({ event, photo, box, width, height }) => ({
				...{ event, box, width, height },
				face: faceKey(photo, boxOf(box))
			}));
			return one && other ? [{ one, other, distance }] : [];
		})
		// the first of each step before the second of any
		.slice(0, PAIRS)
		.map((pair) => [Math.random(), pair] as const)
		.sort(([a], [b]) => a - b)
		.map(([, pair]) => pair);
	return { pairs, counts, step };
}
