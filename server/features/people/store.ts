import { vectorText } from '../../database/vectors.ts';
import type { Queries } from '../../database/database.ts';
import type { Box } from '#shared/faces/sidecar.ts';
import { boxOf } from '#shared/people/faces.ts';

export interface PersonRow {
	id: string;
	name: string | null;
	hidden: boolean;
	cover_event: string | null;
	cover_face: string | null;
	merged_into: string | null;
	created_by: string | null;
	created_at: Date | null;
}

/** All of a workspace, those who were merged into others too. */
export const listPeople = (queries: Queries, workspace: string): Promise<PersonRow[]> =>
	queries.query<PersonRow>(
		`select id, name, hidden, cover_event, cover_face, merged_into, created_by, created_at from people
		 where workspace_id = $1 and created_at is not null`,
		[workspace]
	);

export interface FoundFace {
	photo: string;
	face: number;
	box: Box;
	quality: number;
	/** changes when the photo's faces were found anew */
	sidecar: string;
}

type FaceOf = Omit<FoundFace, 'box'> & { box: number[] };

const withBox = ({ box, ...face }: FaceOf): FoundFace => ({ ...face, box: boxOf(box) });

/** Faces of an event as one model found them. */
export async function listFaces(
	queries: Queries,
	workspace: string,
	event: string,
	model: string
): Promise<FoundFace[]> {
	const rows = await queries.query<FaceOf>(
		`select f.photo_id as photo, f.face, f.box, f.quality, coalesce(s.asset_id::text, '') as sidecar
		 from faces f left join photo_files s on s.workspace_id = $1 and s.event_id = $2 and s.photo_id = f.photo_id and s.kind = 'faces'
		 where f.workspace_id = $1 and f.event_id = $2 and f.model = $3 order by f.photo_id, f.face`,
		[workspace, event, model]
	);
	return rows.map(withBox);
}

/** Embeddings of the faces of some photos, as texts. */
export const listEmbeddings = (
	queries: Queries,
	workspace: string,
	event: string,
	model: string,
	photos: readonly string[]
): Promise<{ photo: string; face: number; embedding: string }[]> =>
	queries.query(
		`select photo_id as photo, face, ${vectorText('embedding')} as embedding from faces
		 where workspace_id = $1 and event_id = $2 and model = $3 and photo_id = any($4)`,
		[workspace, event, model, photos as string[]]
	);

/** Photos of an event that lie in the trash. */
export async function listTrashedIds(
	queries: Queries,
	workspace: string,
	event: string
): Promise<string[]> {
	const rows = await queries.query<{ photo: string }>(
		`select photo_id as photo from trashed where workspace_id = $1 and project_id = $2 and photo_id <> ''`,
		[workspace, event]
	);
	return rows.map(({ photo }) => photo);
}

/** What was said of faces of an event. */
export const listDecisions = (
	queries: Queries,
	workspace: string,
	event: string
): Promise<{ key: string; person: string; is: boolean }[]> =>
	queries.query(
		`select key, person_id as person, is_person as "is" from face_decisions where workspace_id = $1 and event_id = $2`,
		[workspace, event]
	);

/** Good faces of people who were named in other events, a few of each person. */
export const listKnown = (
	queries: Queries,
	workspace: string,
	event: string,
	model: string,
	each: number
): Promise<{ person: string; id: string; quality: number; embedding: string }[]> =>
	queries.query(
		`select person, id, quality, ${vectorText('embedding')} as embedding from (
		 	select d.person_id as person, d.event_id || '/' || d.key as id, f.quality, f.embedding,
		 		row_number() over (partition by d.person_id order by f.quality desc, d.event_id, d.key) as place
		 	from face_decisions d
		 	cross join lateral (select split_part(d.key, '/', 1) as photo, split_part(split_part(d.key, '/', 2), ',', 1)::real / 1000 as x,
		 		split_part(split_part(d.key, '/', 2), ',', 2)::real / 1000 as y) c
		 	join faces f on f.workspace_id = $1 and f.event_id = d.event_id and f.photo_id = c.photo and f.model = $3
		 		and c.x between f.box[1] and f.box[1] + f.box[3] and c.y between f.box[2] and f.box[2] + f.box[4]
		 	where d.workspace_id = $1 and d.event_id <> $2 and d.is_person
		 ) k where place <= $4 order by person, place`,
		[workspace, event, model, each]
	);

export interface Appearance {
	photo: string;
	face: number;
	person: string;
	box: number[];
	share: number;
	rank: number;
	origin: 'said' | 'grouped' | 'known';
}

/** Whom decisions about these events name, and who is on their photos. */
export async function peopleOf(
	queries: Queries,
	workspace: string,
	events: readonly string[]
): Promise<string[]> {
	const rows = await queries.query<{ person: string }>(
		`select person_id as person from face_decisions where workspace_id = $1 and event_id = any($2::uuid[])
		 union select person_id from appearances where workspace_id = $1 and event_id = any($2::uuid[])`,
		[workspace, events as string[]]
	);
	return rows.map(({ person }) => person);
}

/** @returns whether other people are on its photos now */
export async function replaceAppearances(
	queries: Queries,
	workspace: string,
	event: string,
	appearances: readonly Appearance[]
): Promise<boolean> {
	const before = await queries.query<{ person: string }>(
		`delete from appearances where workspace_id = $1 and event_id = $2 returning person_id as person`,
		[workspace, event]
	);
	await queries.query(
		`insert into appearances (workspace_id, event_id, photo_id, face, person_id, box, share, rank, origin)
		 select $1, $2, photo, face, person, box, share, rank, origin
		 from jsonb_to_recordset($3::text::jsonb) as r(photo text, face integer, person uuid, box real[], share real, rank smallint, origin text)`,
		[workspace, event, JSON.stringify(appearances)]
	);
	const were = new Set(before.map(({ person }) => person));
	const are = new Set(appearances.map(({ person }) => person));
	return were.size !== are.size || [...are].some((person) => !were.has(person));
}

/** Reasons to make an event's appearances again; none: they are as they should be. */
export async function reasonsFor(
	queries: Queries,
	workspace: string,
	event: string
): Promise<string[]> {
	const rows = await queries.query<{ id: string }>(
		`select id::text from appearances_due where workspace_id = $1 and event_id = $2`,
		[workspace, event]
	);
	return rows.map(({ id }) => id);
}

/** They are made for these reasons; those that came since stay. @returns whether nobody else has made them meanwhile */
export async function finish(
	queries: Queries,
	workspace: string,
	reasons: readonly string[]
): Promise<boolean> {
	const gone = await queries.query(
		`delete from appearances_due where workspace_id = $1 and id = any($2::bigint[]) returning 1`,
		[workspace, reasons as string[]]
	);
	return gone.length > 0;
}

/** The workspace whose document it is. */
export async function findOwner(queries: Queries, document: string): Promise<string | null> {
	const [row] = await queries.query<{ workspace: string }>(
		`select workspace_id as workspace from document_owners where document = $1`,
		[document]
	);
	return row?.workspace ?? null;
}

/** @param isThorough also all events, where somebody was named since this was asked for the last time */
export async function listDue(
	queries: Queries,
	workspace: string,
	isThorough: boolean
): Promise<string[]> {
	if (isThorough)
		await queries.query(
			`with everywhere as (
			 	delete from appearances_due where workspace_id = $1 and event_id is null returning workspace_id
			 )
			 insert into appearances_due (workspace_id, event_id)
			 select distinct p.workspace_id, p.id from everywhere join projects p using (workspace_id) where p.type = 'event'`,
			[workspace]
		);
	const rows = await queries.query<{ event: string }>(
		`select distinct event_id as event from appearances_due where workspace_id = $1 and event_id is not null`,
		[workspace]
	);
	return rows.map(({ event }) => event);
}

/** Where the faces of some photos are, in the order in which they were found. */
export const listBoxes = (
	queries: Queries,
	workspace: string,
	event: string,
	photos: readonly string[]
): Promise<{ photo: string; box: number[] }[]> =>
	queries.query(
		`select photo_id as photo, box from faces where workspace_id = $1 and event_id = $2 and photo_id = any($3)
		 order by photo_id, face`,
		[workspace, event, photos as string[]]
	);

/** Faces of these people in all events, those in the trash too. */
export const listAppearing = (
	queries: Queries,
	workspace: string,
	people: readonly string[]
): Promise<{ event: string; photo: string; box: number[] }[]> =>
	queries.query(
		`select event_id as event, photo_id as photo, box from appearances
		 where workspace_id = $1 and person_id = any($2::uuid[]) order by 1, 2`,
		[workspace, people as string[]]
	);

/** Photos that have faces where forgotten ones lay (`liesAt` of shared/people/faces says the same), or where none is looked for. */
export const listLeft = (
	queries: Queries,
	workspace: string,
	limit: number
): Promise<{ event: string; photo: string; createdBy: string }[]> =>
	queries.query(
		`select distinct f.event_id as event, f.photo_id as photo, coalesce(s.created_by, '00000000-0000-0000-0000-000000000000') as "createdBy"
		 from forgotten_faces g
		 join faces f on f.workspace_id = $1 and f.event_id = g.event_id and f.photo_id = g.photo_id
		 	and abs(g.x - f.box[1] - f.box[3] / 2) <= 0.3 * f.box[3] and abs(g.y - f.box[2] - f.box[4] / 2) <= 0.3 * f.box[4]
		 left join photo_files s on s.workspace_id = $1 and s.event_id = f.event_id and s.photo_id = f.photo_id and s.kind = 'faces'
		 where g.workspace_id = $1
		 union
		 select distinct f.event_id, f.photo_id, coalesce(s.created_by, '00000000-0000-0000-0000-000000000000')
		 from projects e
		 join faces f on f.workspace_id = $1 and f.event_id = e.id
		 left join photo_files s on s.workspace_id = $1 and s.event_id = f.event_id and s.photo_id = f.photo_id and s.kind = 'faces'
		 where e.workspace_id = $1 and e.faces = 'off' limit $2`,
		[workspace, limit]
	);
