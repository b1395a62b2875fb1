// Writes what a commit touched into the tables that REST, search and guests read. The documents' log
// is the truth; these rows can be made again from it.
import type { Change } from '#sync/relay/entries.ts';
import { cameraKeyOf } from '#shared/photos/clocks.ts';
import type { PhotoFacts } from '#shared/photos/photo.ts';
import type { ProjectFacts, ProjectField } from '#shared/projects/project.ts';
import { parseDocumentName } from '#shared/documents/names.ts';
import type { Queries } from '../database/database.ts';
import {
	projectDecisions,
	projectForgotten,
	projectPeople,
	projectPersonFields
} from '../features/people/projection.ts';

/** A change of one document, among those of others of its kind. */
interface Row extends Change {
	/** the event's or workspace's id */
	id: string;
}

type Project = (queries: Queries, workspace: string, rows: Row[]) => Promise<unknown>;

const projections: Record<string, Project> = {
	'workspace/projects': async (queries, workspace, rows) => {
		for (const { key, value } of rows) {
			if (!value) {
				await queries.query(`delete from projects where workspace_id = $1 and id = $2`, [
					workspace,
					key
				]);
				continue;
			}
			const facts = value as ProjectFacts;
			await queries.query(
				`insert into projects (workspace_id, id, type, created_by, created_at) values ($1, $2, $3, $4, $5)
				 on conflict (workspace_id, id) do update set type = excluded.type, created_by = excluded.created_by, created_at = excluded.created_at`,
				[workspace, key, facts.type, facts.by, facts.createdAt]
			);
			if (facts.type === 'event')
				await queries.query(
					`insert into document_owners (document, workspace_id) values ($1, $2) on conflict do nothing`,
					[`event/${key}`, workspace]
				);
		}
	},
	'workspace/projectFields': async (queries, workspace, rows) => {
		for (const { key, value } of rows) {
			const [id, field] = key.split('/') as [string, ProjectField];
			const column = projectColumns[field];
			const isJson = field === 'metadata';
			const given = value ?? (field === 'status' ? 'active' : null);
			if (field === 'trashedAt')
				await noteSince(queries, workspace, trashed, [
					{ place: id, photo: '', by: null, at: given as string | null }
				]);
			// what is cleared of a project that is gone makes none
			if (value === null || value === undefined) {
				await queries.query(
					`update projects set ${column} = $3 where workspace_id = $1 and id = $2`,
					[workspace, id, given as string | null]
				);
				continue;
			}
			await queries.query(
				`insert into projects (workspace_id, id, ${column}) values ($1, $2, ${isJson ? '$3::text::jsonb' : '$3'})
				 on conflict (workspace_id, id) do update set ${column} = excluded.${column}`,
				[workspace, id, isJson && given !== null ? JSON.stringify(given) : (given as string | null)]
			);
		}
	},
	'workspace/people': (queries, workspace, rows) => projectPeople(queries, workspace, rows),
	'workspace/personFields': (queries, workspace, rows) =>
		projectPersonFields(queries, workspace, rows),
	'event/identified': (queries, workspace, rows) =>
		projectDecisions(queries, workspace, rows, (row) => row.value as string | null),
	'event/excluded': (queries, workspace, rows) =>
		projectDecisions(queries, workspace, rows, ({ key, value }) =>
			value ? key.slice(key.lastIndexOf('/') + 1) : null
		),
	'event/forgotten': (queries, workspace, rows) => projectForgotten(queries, workspace, rows),
	'event/photos': (queries, workspace, rows) => {
		const gone = rows.filter(({ value }) => !value).map(({ id, key }) => ({ event: id, id: key }));
		const kept = rows
			.filter(({ value }) => value)
			.map(({ id, key, value }) => {
				const facts = value as PhotoFacts;
				return { ...facts, cameraKey: cameraKeyOf(facts), event: id, id: key };
			});
		const temporary = kept.filter(({ source }) => source === 'event_temp');
		return Promise.all([
			// what is gone for good and comes again has all of its time again
			gone.length > 0 && forgetTemporary(queries, workspace, gone),
			temporary.length > 0 &&
				queries.query(
					`insert into temporary_photos (workspace_id, event_id, photo_id)
					 select $1, p.event, p.id from jsonb_to_recordset($2::text::jsonb) as p(event uuid, id text)
					 on conflict do nothing`,
					[workspace, JSON.stringify(temporary)]
				),
			gone.length > 0 &&
				queries.query(
					`delete from photos p using jsonb_to_recordset($2::text::jsonb) as r(event uuid, id text)
					 where p.workspace_id = $1 and p.event_id = r.event and p.id = r.id`,
					[workspace, JSON.stringify(gone)]
				),
			kept.length > 0 &&
				queries.query(
					`insert into photos (workspace_id, event_id, id, name, sha256, size, type, width, height, taken_at, camera_clock, camera, camera_key,
					 	imported_by, imported_at, source)
					 select $1, p.event, p.id, p.name, p.sha256, p.size, p.type, p.width, p.height, p."takenAt" + coalesce(c.seconds, 0) * interval '1 second',
					 	p."takenAt", p.camera, p."cameraKey", p.by, p."importedAt", coalesce(p.source, 'cloud')
					 from jsonb_to_recordset($2::text::jsonb) as p(event uuid, id text, name text, sha256 text, size bigint, type text, width integer,
					 	height integer, "takenAt" timestamp, camera text, "cameraKey" text, by uuid, "importedAt" timestamptz, source text)
					 left join camera_clocks c on c.workspace_id = $1 and c.event_id = p.event and c.camera = p."cameraKey"
					 on conflict (workspace_id, event_id, id) do update set name = excluded.name, sha256 = excluded.sha256, size = excluded.size,
					 	type = excluded.type, width = excluded.width, height = excluded.height, taken_at = excluded.taken_at,
					 	camera_clock = excluded.camera_clock, camera = excluded.camera, camera_key = excluded.camera_key, imported_by = excluded.imported_by, imported_at = excluded.imported_at, source = excluded.source`,
					[workspace, JSON.stringify(kept)]
				)
		]);
	},
	'event/clocks': async (queries, workspace, rows) => {
		const clocks = rows.map(({ id, key, value }) => ({
			event: id,
			camera: key,
			seconds: (value as number | null) ?? 0
		}));
		const given = [workspace, JSON.stringify(clocks)];
		await queries.query(
			`insert into camera_clocks (workspace_id, event_id, camera, seconds)
			 select $1, c.event, c.camera, c.seconds from jsonb_to_recordset($2::text::jsonb) as c(event uuid, camera text, seconds integer)
			 on conflict (workspace_id, event_id, camera) do update set seconds = excluded.seconds`,
			given
		);
		// rows of older backups have no camera_clock: what they have is what the camera said
		await queries.query(
			`update photos p set camera_clock = coalesce(p.camera_clock, p.taken_at), camera_key = c.camera,
			 	taken_at = coalesce(p.camera_clock, p.taken_at) + c.seconds * interval '1 second'
			 from jsonb_to_recordset($2::text::jsonb) as c(event uuid, camera text, seconds integer)
			 where p.workspace_id = $1 and p.event_id = c.event and coalesce(p.camera_key, 'name/' || p.camera) = c.camera`,
			given
		);
	},
	'event/trash': (queries, workspace, rows) =>
		noteSince(queries, workspace, trashed, rows.map(sinceOf)),
	'event/approved': (queries, workspace, rows) =>
		noteSince(queries, workspace, approvals, rows.map(sinceOf)),
	'event/marks': (queries, workspace, rows) => {
		const marks = rows.map(({ id, key, value }) => {
			const [photo, field] = key.split('/');
			return { event: id, photo, field, value: value ?? null };
		});
		const gone = marks.filter(({ value }) => value === null);
		const kept = marks.filter(({ value }) => value !== null);
		return Promise.all([
			gone.length > 0 &&
				queries.query(
					`delete from photo_marks m using jsonb_to_recordset($2::text::jsonb) as r(event uuid, photo text, field text)
					 where m.workspace_id = $1 and m.event_id = r.event and m.photo_id = r.photo and m.field = r.field`,
					[workspace, JSON.stringify(gone)]
				),
			kept.length > 0 &&
				queries.query(
					`insert into photo_marks (workspace_id, event_id, photo_id, field, value)
					 select $1, r.event, r.photo, r.field, r.value
					 from jsonb_to_recordset($2::text::jsonb) as r(event uuid, photo text, field text, value jsonb)
					 on conflict (workspace_id, event_id, photo_id, field) do update set value = excluded.value`,
					[workspace, JSON.stringify(kept)]
				)
		]);
	}
};

async function forgetTemporary(
	queries: Queries,
	workspace: string,
	gone: { event: string; id: string }[]
): Promise<void> {
	await queries.query(
		`delete from temporary_photos t using jsonb_to_recordset($2::text::jsonb) as r(event uuid, id text)
		 where t.workspace_id = $1 and t.event_id = r.event and t.photo_id = r.id`,
		[workspace, JSON.stringify(gone)]
	);
}

/**
 * What lies in the trash, or is approved, or not any more (no `at`). When the server heard of it stays as it was: devices'
 * clocks may be wrong, and it is what decides when something is gone for good. Photos that were there for the time being
 * and are restored, or approved no more, have all of their time again.
 */
async function noteSince(
	queries: Queries,
	workspace: string,
	[table, place]: readonly ['trashed', 'project_id'] | readonly ['approvals', 'event_id'],
	rows: { place: string; photo: string; at: string | null; by: string | null }[]
): Promise<void> {
	await queries.query(
		`with given as (
		 	select * from jsonb_to_recordset($2::text::jsonb) as r(place uuid, photo text, at timestamptz, by uuid)
		 ), ended as (
		 	delete from ${table} t using given g
		 	where g.at is null and t.workspace_id = $1 and t.${place} = g.place and t.photo_id = g.photo
		 	returning g.place, g.photo
		 ), anew as (
		 	update temporary_photos t set heard_at = now(), warned = 0, warned_at = null from ended e
		 	where t.workspace_id = $1 and t.event_id = e.place and t.photo_id = e.photo
		 )
		 insert into ${table} (workspace_id, ${place}, photo_id, at, by)
		 select $1, place, photo, at, by from given where at is not null
		 on conflict (workspace_id, ${place}, photo_id) do update set at = excluded.at, by = excluded.by`,
		[workspace, JSON.stringify(rows)]
	);
}

const trashed = ['trashed', 'project_id'] as const;
const approvals = ['approvals', 'event_id'] as const;
const sinceOf = ({ id, key, value }: Row) => {
	const { at = null, by = null } = (value ?? {}) as { at?: string; by?: string };
	return { place: id, photo: key, at, by };
};

/** Column of each field. */
const projectColumns: Record<ProjectField, string> = {
	name: 'name',
	slug: 'slug',
	description: 'description',
	date: 'date',
	endDate: 'end_date',
	parent: 'parent',
	status: 'status',
	metadata: 'metadata',
	intake: 'intake',
	faces: 'faces',
	trashedAt: 'trashed_at',
	trashedBy: 'trashed_by'
};

/**
 * Writes the changes of one workspace's documents, in as few statements as there are kinds of roots.
 * @param queries of the transaction that stores what changed
 */
export async function project(
	queries: Queries,
	workspace: string,
	documents: { document: string; changes: Change[] }[]
): Promise<void> {
	const byRoot = new Map<string, Row[]>();
	for (const { document, changes } of documents) {
		const name = parseDocumentName(document);
		if (!name) continue;
		for (const change of changes) {
			const root = `${name.kind}/${change.root}`;
			const list = byRoot.get(root);
			if (list) list.push({ ...change, id: name.id });
			else byRoot.set(root, [{ ...change, id: name.id }]);
		}
	}
	await Promise.all(
		[...byRoot].map(([root, rows]) => projections[root]?.(queries, workspace, rows))
	);
}
