// Writes what a commit touched into the tables that REST, search and guests read. The documents' log
// is the truth; these rows can be made again from it.
import type { Change } from '#sync/relay/entries.ts';
import type { PhotoFacts } from '#shared/photos/photo.ts';
import type { ProjectFacts, ProjectField } from '#shared/projects/project.ts';
import { parseDocumentName } from '#shared/documents/names.ts';
import type { Queries } from '../database/database.ts';

type Project = (
	queries: Queries,
	workspace: string,
	id: string,
	changes: Change[]
) => Promise<void>;

const projections: Record<string, Project> = {
	'workspace/projects': async (queries, workspace, _id, changes) => {
		for (const { key, value } of changes) {
			if (!value) continue;
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
	'workspace/projectFields': async (queries, workspace, _id, changes) => {
		for (const { key, value } of changes) {
			const [id, field] = key.split('/') as [string, ProjectField];
			const column = projectColumns[field];
			const isJson = field === 'metadata';
			const given = value ?? (field === 'status' ? 'active' : null);
			await queries.query(
				`insert into projects (workspace_id, id, ${column}) values ($1, $2, ${isJson ? '$3::text::jsonb' : '$3'})
				 on conflict (workspace_id, id) do update set ${column} = excluded.${column}`,
				[workspace, id, isJson && given !== null ? JSON.stringify(given) : (given as string | null)]
			);
		}
	},
	'event/photos': async (queries, workspace, event, changes) => {
		const gone = changes.filter((change) => !change.value).map((change) => change.key);
		if (gone.length > 0)
			await queries.query(
				`delete from photos where workspace_id = $1 and event_id = $2 and id = any($3)`,
				[workspace, event, gone]
			);
		const kept = changes.filter((change) => change.value);
		if (kept.length === 0) return;
		await queries.query(
			`insert into photos (workspace_id, event_id, id, name, sha256, size, type, width, height, taken_at, camera, imported_by, imported_at)
			 select $1, $2, p.id, p.name, p.sha256, p.size, p.type, p.width, p.height, p."takenAt", p.camera, p.by, p."importedAt"
			 from jsonb_to_recordset($3::text::jsonb) as p(id text, name text, sha256 text, size bigint, type text, width integer,
			 	height integer, "takenAt" timestamp, camera text, by uuid, "importedAt" timestamptz)
			 on conflict (workspace_id, event_id, id) do update set name = excluded.name, sha256 = excluded.sha256, size = excluded.size,
			 	type = excluded.type, width = excluded.width, height = excluded.height, taken_at = excluded.taken_at,
			 	camera = excluded.camera, imported_by = excluded.imported_by, imported_at = excluded.imported_at`,
			[
				workspace,
				event,
				JSON.stringify(kept.map(({ key, value }) => ({ ...(value as PhotoFacts), id: key })))
			]
		);
	},
	'event/marks': async (queries, workspace, event, changes) => {
		const rows = changes.map(({ key, value }) => {
			const [photo, field] = key.split('/');
			return { photo, field, value: value ?? null };
		});
		await queries.query(
			`delete from photo_marks m using jsonb_to_recordset($3::text::jsonb) as r(photo text, field text, value jsonb)
			 where m.workspace_id = $1 and m.event_id = $2 and m.photo_id = r.photo and m.field = r.field
			 	and (r.value is null or r.value = 'null'::jsonb)`,
			[workspace, event, JSON.stringify(rows)]
		);
		await queries.query(
			`insert into photo_marks (workspace_id, event_id, photo_id, field, value)
			 select $1, $2, r.photo, r.field, r.value
			 from jsonb_to_recordset($3::text::jsonb) as r(photo text, field text, value jsonb)
			 where r.value is not null and r.value <> 'null'::jsonb
			 on conflict (workspace_id, event_id, photo_id, field) do update set value = excluded.value`,
			[workspace, event, JSON.stringify(rows)]
		);
	}
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
	trashedAt: 'trashed_at'
};

/** @param queries of the transaction that stores what changed */
export async function project(
	queries: Queries,
	workspace: string,
	document: string,
	changes: Change[]
): Promise<void> {
	const name = parseDocumentName(document);
	if (!name) return;
	const byRoot = new Map<string, Change[]>();
	for (const change of changes) {
		const list = byRoot.get(change.root);
		if (list) list.push(change);
		else byRoot.set(change.root, [change]);
	}
	for (const [root, list] of byRoot)
		await projections[`${name.kind}/${root}`]?.(queries, workspace, name.id, list);
}
