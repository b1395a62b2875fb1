// People and their photos as the API shows them.
import { boxOf, faceAt, faceKey, placeOf } from '#shared/people/faces.ts';
import type { ListedPerson, PersonPage } from '#shared/people/listing.ts';
import { joinPeople } from '#shared/people/document.ts';
import type { Cover, PersonFacts } from '#shared/people/person.ts';
import type { Queries } from '../../database/database.ts';
import { type PersonRow, listPeople } from './store.ts';

/** Photos of one answer, at most. */
const MAX_PHOTOS = 10_000;
/** People who are said to be on photos with somebody, at most. */
const MAX_WITH = 24;

/** The rows as the document says them. */
function joined(rows: readonly PersonRow[]): ReturnType<typeof joinPeople> {
	const facts = rows.map(({ id, created_by, created_at }): [string, PersonFacts] => [
		id,
		{ by: created_by!, createdAt: created_at!.toISOString() }
	]);
	const fields = new Map<string, unknown>();
	for (const { id, name, hidden, cover_event, cover_face, merged_into } of rows) {
		fields.set(`${id}/name`, name);
		fields.set(`${id}/hidden`, hidden || null);
		fields.set(`${id}/cover`, cover_event && { event: cover_event, face: cover_face });
		fields.set(`${id}/mergedInto`, merged_into);
	}
	return joinPeople(facts, fields);
}

interface NumbersRow {
	person: string;
	photos: number;
	events: number;
	event: string;
	photo: string;
	face: number;
}
interface FaceRow {
	event: string;
	photo: string;
	face: number;
	box: number[];
	width: number;
	height: number;
}

/** Faces of these photos that are there and not in the trash. */
const facesOn = (
	queries: Queries,
	workspace: string,
	events: readonly string[],
	photos: { event: string; photo: string }[]
): Promise<FaceRow[]> =>
	queries.query<FaceRow>(
		`select p.event_id as event, p.id as photo, coalesce(f.face, -1) as face, coalesce(f.box, '{}') as box, p.width, p.height
		 from (select distinct event, photo from jsonb_to_recordset($3::text::jsonb) as r(event uuid, photo text)) w
		 join live_photos p on p.workspace_id = $1 and p.event_id = w.event and p.id = w.photo
		 left join faces f on f.workspace_id = $1 and f.event_id = w.event and f.photo_id = w.photo
		 where p.event_id = any($2::uuid[]) order by 1, 2, 3`,
		[workspace, events as string[], JSON.stringify(photos)]
	);

/** People with how often they are on photos of these events, those with most first. */
export async function listNumbered(
	queries: Queries,
	workspace: string,
	events: readonly string[]
): Promise<ListedPerson[]> {
	const { people } = joined(await listPeople(queries, workspace));
	const rows = await queries.query<NumbersRow>(
		`select distinct on (a.person_id) a.person_id as person, a.event_id as event, a.photo_id as photo, a.face, n.photos, n.events
		 from appearances a
		 join (
		 	select a.person_id, count(distinct (a.event_id, a.photo_id))::int as photos, count(distinct a.event_id)::int as events
		 	from appearances a join live_shots p on p.workspace_id = $1 and p.event_id = a.event_id and p.id = a.photo_id
		 	where a.workspace_id = $1 and a.event_id = any($2::uuid[]) group by a.person_id
		 ) n on n.person_id = a.person_id
		 join live_shots p on p.workspace_id = $1 and p.event_id = a.event_id and p.id = a.photo_id
		 join faces f on f.workspace_id = $1 and f.event_id = a.event_id and f.photo_id = a.photo_id and f.face = a.face
		 where a.workspace_id = $1 and a.event_id = any($2::uuid[])
		 order by a.person_id, f.quality desc, a.event_id, a.photo_id`,
		[workspace, events as string[]]
	);
	const numbers = new Map(rows.map((row) => [row.person, row]));
	const covers = [...people.values()].flatMap(({ cover }) =>
		cover ? [{ event: cover.event, photo: placeOf(cover.face).photo }] : []
	);
	const faces = new Map<string, FaceRow[]>();
	for (const face of await facesOn(queries, workspace, events, [...covers, ...rows])) {
		const key = `${face.event}/${face.photo}`;
		faces.set(key, [...(faces.get(key) ?? []), face]);
	}
	return [...people.values()]
		.map(({ id, name, isHidden, cover }): ListedPerson => {
			const found = numbers.get(id);
			return {
				...{ id, name, isHidden },
				cover: (cover && chosenCover(cover, faces)) ?? (found ? bestCover(found, faces) : null),
				photos: found?.photos ?? 0,
				events: found?.events ?? 0
			};
		})
		.sort((a, b) => b.photos - a.photos || (a.name + a.id < b.name + b.id ? -1 : 1));
}

/** @returns null when its photo is not there any more */
function chosenCover(
	{ event, face }: Cover,
	faces: ReadonlyMap<string, FaceRow[]>
): ListedPerson['cover'] {
	const place = placeOf(face);
	const list = faces.get(`${event}/${place.photo}`);
	if (!list) return null;
	const found = list.filter(({ box }) => box.length > 0);
	const at = faceAt(
		found.map(({ box }) => boxOf(box)),
		place
	);
	const { width, height } = list[0]!;
	return { event, face, box: at === null ? null : found[at]!.box, width, height };
}

function bestCover(
	{ event, photo, face }: NumbersRow,
	faces: ReadonlyMap<string, FaceRow[]>
): ListedPerson['cover'] {
	const found = faces.get(`${event}/${photo}`)?.find((each) => each.face === face);
	if (!found) return null;
	const { box, width, height } = found;
	return { event, face: faceKey(photo, boxOf(box)), box, width, height };
}

/** @param id of the person, or of somebody who was merged into them */
export async function findPerson(
	queries: Queries,
	workspace: string,
	events: readonly string[],
	id: string
): Promise<ListedPerson | null> {
	const { standsFor } = joined(await listPeople(queries, workspace));
	const all = await listNumbered(queries, workspace, events);
	return all.find((person) => person.id === standsFor(id)) ?? null;
}

interface AppearanceRow extends Omit<PersonPage['appearances'][number], 'face' | 'takenAt'> {
	person: string;
	box: number[];
	taken_at: string | null;
}

/** Faces of somebody, or of everybody (null), on photos of these events; the latest event first. */
export async function listAppearances(
	queries: Queries,
	workspace: string,
	events: readonly string[],
	person: string | null
): Promise<(PersonPage['appearances'][number] & { person: string })[]> {
	const rows = await queries.query<AppearanceRow>(
		`select a.person_id as person, a.event_id as event, a.photo_id as photo, a.box, a.share, a.rank, a.origin, p.name,
		 	to_char(p.taken_at, 'YYYY-MM-DD"T"HH24:MI:SS') as taken_at, p.width, p.height
		 from appearances a
		 join live_shots p on p.workspace_id = $1 and p.event_id = a.event_id and p.id = a.photo_id
		 left join projects e on e.workspace_id = $1 and e.id = a.event_id
		 where a.workspace_id = $1 and a.event_id = any($2::uuid[]) and ($3::uuid is null or a.person_id = $3::uuid)
		 order by coalesce(e.date, e.created_at::date) desc nulls last, a.event_id,
		 	coalesce(p.taken_at, p.imported_at at time zone 'UTC'), p.name, a.photo_id, a.face
		 limit ${person === null ? 50_000 : MAX_PHOTOS}`,
		[workspace, events as string[], person]
	);
	return rows.map(({ box, taken_at, ...row }) => ({
		...row,
		takenAt: taken_at,
		face: faceKey(row.photo, boxOf(box))
	}));
}

/** Who is on photos with somebody, most often first; nobody who is hidden. */
export const listWith = (
	queries: Queries,
	workspace: string,
	events: readonly string[],
	person: string
): Promise<{ person: string; photos: number }[]> =>
	queries.query(
		`select o.person_id as person, count(distinct (o.event_id, o.photo_id))::int as photos
		 from appearances a
		 join appearances o on o.workspace_id = $1 and o.event_id = a.event_id and o.photo_id = a.photo_id and o.person_id <> a.person_id
		 join live_shots p on p.workspace_id = $1 and p.event_id = a.event_id and p.id = a.photo_id
		 join people n on n.workspace_id = $1 and n.id = o.person_id and not n.hidden
		 where a.workspace_id = $1 and a.event_id = any($2::uuid[]) and a.person_id = $3::uuid
		 group by o.person_id order by 2 desc, 1 limit ${MAX_WITH}`,
		[workspace, events as string[], person]
	);
