// Guests' wishes to be forgotten: where a face was found is kept until the studio has looked, and never the face.
import type { Embedder } from '#shared/faces/models.ts';
import { boxOf, faceAt, faceKey, placeOf } from '#shared/people/faces.ts';
import type { ForgetRequest } from '#shared/people/listing.ts';
import { PROBE } from '../faces/store.ts';
import type { Queries } from '../../database/database.ts';

/** Faces of one wish, at most. */
const MAX_FACES = 500;
/** Wishes of an event that wait, at most: more are somebody's joke. */
const MAX_WAITING = 200;

/**
 * Notes where a guest's face was found, also on photos that guests are not shown.
 * @returns on how many photos; 0: nothing was noted
 */
export async function askToForget(
	queries: Queries,
	{ workspace, event }: { workspace: string; event: string },
	model: Embedder,
	embedding: number[]
): Promise<number> {
	const rows = await queries.query<{ photo: string; box: number[] }>(
		`select photo_id as photo, box from faces
		 where workspace_id = $1 and event_id = $2 and model = $3 and embedding <-> ${PROBE} <= $5
		 order by embedding <-> ${PROBE} limit ${MAX_FACES}`,
		[workspace, event, model.id, `[${embedding.join(',')}]`, model.threshold]
	);
	if (rows.length === 0) return 0;
	const faces = rows.map(({ photo, box }) => faceKey(photo, boxOf(box))).sort();
	await queries.query(
		`insert into forget_requests (workspace_id, event_id, faces)
		 select $1, $2, $3 where not exists (
		 	select 1 from forget_requests r where r.workspace_id = $1 and r.event_id = $2 and r.faces = $3)
		 and (select count(*) from forget_requests r where r.workspace_id = $1 and r.event_id = $2) < ${MAX_WAITING}`,
		[workspace, event, faces]
	);
	return new Set(rows.map(({ photo }) => photo)).size;
}

interface RequestRow {
	id: string;
	event: string;
	event_name: string;
	asked_at: Date;
	faces: string[];
}
interface FaceRow {
	event: string;
	photo: string;
	box: number[];
	width: number;
	height: number;
}

/** @param events those that the asking person sees */
export async function listRequests(
	queries: Queries,
	workspace: string,
	events: readonly string[]
): Promise<ForgetRequest[]> {
	const rows = await queries.query<RequestRow>(
		`select r.id, r.event_id as event, coalesce(e.name, 'Untitled') as event_name, r.asked_at, r.faces
		 from forget_requests r left join projects e on e.workspace_id = $1 and e.id = r.event_id
		 where r.workspace_id = $1 and r.event_id = any($2::uuid[]) order by r.asked_at, r.id limit 200`,
		[workspace, events as string[]]
	);
	const found = await queries.query<FaceRow>(
		`select f.event_id as event, f.photo_id as photo, f.box, p.width, p.height from faces f
		 join photos p on p.workspace_id = $1 and p.event_id = f.event_id and p.id = f.photo_id
		 where f.workspace_id = $1 and f.event_id = any($2::uuid[]) and f.photo_id = any($3) order by f.face`,
		[
			workspace,
			rows.map(({ event }) => event),
			rows.flatMap(({ faces }) => faces.map((key) => placeOf(key).photo))
		]
	);
	return rows.map(({ id, event, event_name, asked_at, faces }) => ({
		id,
		event,
		eventName: event_name,
		askedAt: asked_at.toISOString(),
		faces: faces.flatMap((key) => {
			const place = placeOf(key);
			const list = found.filter((face) => face.event === event && face.photo === place.photo);
			const at = faceAt(
				list.map(({ box }) => boxOf(box)),
				place
			);
			if (at === null) return [];
			const { box, width, height } = list[at]!;
			return [{ key, box, width, height }];
		})
	}));
}

/** @returns the event and the faces that it was about; null: it is not there any more */
export async function findRequest(
	queries: Queries,
	workspace: string,
	id: string
): Promise<{ event: string; faces: string[] } | null> {
	const [row] = await queries.query<{ event: string; faces: string[] }>(
		`select event_id as event, faces from forget_requests where workspace_id = $1 and id::text = $2`,
		[workspace, id]
	);
	return row ?? null;
}

export const endRequest = (queries: Queries, workspace: string, id: string): Promise<unknown> =>
	queries.query(`delete from forget_requests where workspace_id = $1 and id::text = $2`, [
		workspace,
		id
	]);
