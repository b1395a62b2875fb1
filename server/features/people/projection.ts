// People and what was said of faces, as documents say it, in tables.
import type { Cover, PersonFacts, PersonField } from '#shared/people/person.ts';
import { placeOf } from '#shared/people/faces.ts';
import type { Queries } from '../../database/database.ts';

/** A change of one document, among those of others of its kind. */
interface Row {
	/** the event's or workspace's id */
	id: string;
	key: string;
	value: unknown;
}

export async function projectPeople(
	queries: Queries,
	workspace: string,
	rows: readonly Row[]
): Promise<void> {
	const people = rows.map(({ key, value }) => {
		const { by = null, createdAt = null } = (value ?? {}) as Partial<PersonFacts>;
		return { id: key, by, at: createdAt };
	});
	await queries.query(
		`insert into people (workspace_id, id, created_by, created_at)
		 select $1, id, by, at from jsonb_to_recordset($2::text::jsonb) as r(id uuid, by uuid, at timestamptz)
		 on conflict (workspace_id, id) do update set created_by = excluded.created_by, created_at = excluded.created_at`,
		[workspace, JSON.stringify(people)]
	);
}

const columns: Record<PersonField, (value: unknown) => Record<string, unknown>> = {
	name: (value) => ({ name: value ?? null }),
	hidden: (value) => ({ hidden: value === true }),
	cover: (value) => ({
		cover_event: (value as Cover | null)?.event ?? null,
		cover_face: (value as Cover | null)?.face ?? null
	}),
	mergedInto: (value) => ({ merged_into: value ?? null })
};

export async function projectPersonFields(
	queries: Queries,
	workspace: string,
	rows: readonly Row[]
): Promise<void> {
	const merged: string[] = [];
	for (const { key, value } of rows) {
		const [id, field] = key.split('/') as [string, PersonField];
		if (field === 'mergedInto') merged.push(id);
		const set = Object.entries(columns[field](value));
		const names = set.map(([name]) => name).join(', ');
		await queries.query(
			`insert into people (workspace_id, id, ${names}) values ($1, $2, ${set.map((_, n) => `$${n + 3}`).join(', ')})
			 on conflict (workspace_id, id) do update set ${set.map(([name]) => `${name} = excluded.${name}`).join(', ')}`,
			[workspace, id, ...set.map(([, given]) => given as string | boolean | null)]
		);
	}
	if (merged.length > 0)
		await askFor(
			queries,
			`select distinct workspace_id, event_id from face_decisions where workspace_id = $1 and person_id = any($2::uuid[])
			 union select workspace_id, event_id from appearances where workspace_id = $1 and person_id = any($2::uuid[])`,
			[workspace, merged]
		);
}

/** @param personOf whom a value is about; null: it was cleared */
export async function projectDecisions(
	queries: Queries,
	workspace: string,
	rows: readonly Row[],
	personOf: (row: Row) => string | null
): Promise<void> {
	const decisions = rows.map((row) => ({
		event: row.id,
		key: row.key,
		person: personOf(row),
		is: typeof row.value === 'string'
	}));
	await queries.query(
		`with given as (
		 	select * from jsonb_to_recordset($2::text::jsonb) as r(event uuid, key text, person uuid, "is" boolean)
		 ), cleared as (
		 	delete from face_decisions d using given g
		 	where g.person is null and d.workspace_id = $1 and d.event_id = g.event and d.key = g.key
		 )
		 insert into face_decisions (workspace_id, event_id, key, person_id, is_person)
		 select $1, event, key, person, "is" from given where person is not null
		 on conflict (workspace_id, event_id, key) do update set person_id = excluded.person_id`,
		[workspace, JSON.stringify(decisions)]
	);
	await dueAgain(queries, workspace, [...new Set(rows.map(({ id }) => id))]);
	// whoever is named here may be on photos of all other events
	await queries.query(`insert into appearances_due (workspace_id) values ($1)`, [workspace]);
}

export async function projectForgotten(
	queries: Queries,
	workspace: string,
	rows: readonly Row[]
): Promise<void> {
	const faces = rows.map(({ id, key, value }) => {
		const { photo, x, y } = placeOf(key);
		return { event: id, photo, x, y, is: value === true };
	});
	await queries.query(
		`with given as (
		 	select * from jsonb_to_recordset($2::text::jsonb) as r(event uuid, photo text, x real, y real, "is" boolean)
		 ), cleared as (
		 	delete from forgotten_faces f using given g where not g."is" and f.workspace_id = $1
		 		and f.event_id = g.event and f.photo_id = g.photo and f.x = g.x and f.y = g.y
		 )
		 insert into forgotten_faces (workspace_id, event_id, photo_id, x, y)
		 select $1, event, photo, x, y from given where "is" on conflict do nothing`,
		[workspace, JSON.stringify(faces)]
	);
}

/** Who is on the photos of these events is to be found out again. */
export const dueAgain = (
	queries: Queries,
	workspace: string,
	events: readonly string[]
): Promise<unknown> =>
	askFor(queries, `select $1::uuid, unnest($2::uuid[])`, [workspace, [...events]]);

/** @param events a query of workspaces and events */
const askFor = (queries: Queries, events: string, parameters: (string | string[])[]) =>
	queries.query(`insert into appearances_due (workspace_id, event_id) ${events}`, parameters);
