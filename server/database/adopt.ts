// An installation from before there were workspaces becomes one workspace. Its tables are moved aside as they are, the
// new ones are made, and everything is copied in one transaction; moving back is as simple, until the old ones are dropped.
import { randomUUID } from 'node:crypto';
import type { Database, Queries } from './database.ts';

const ASIDE = 'before_workspaces';
/** Tables whose rows belong to the studio: the new ones begin with workspace_id. */
const TENANT_TABLES = [
	'document_updates',
	'document_clients',
	'projects',
	'photos',
	'photo_marks',
	'faces',
	'guest_codes'
];
/** What the document of all projects was called. */
const OLD_DOCUMENT = 'studio';

const has = async (queries: Queries, schema: string, table: string): Promise<boolean> => {
	const rows = await queries.query(
		`select 1 from pg_tables where schemaname = $1 and tablename = $2`,
		[schema, table]
	);
	return rows.length > 0;
};

const tablesIn = async (queries: Queries, schema: string): Promise<string[]> =>
	(
		await queries.query<{ name: string }>(
			`select tablename as name from pg_tables where schemaname = $1 order by 1`,
			[schema]
		)
	).map(({ name }) => name);

/** Moves the tables of such an installation aside, before the migrations run. Does nothing to any other. */
export async function setAside(database: Database): Promise<void> {
	const isOld =
		(await has(database, 'public', 'photos')) && !(await has(database, 'public', 'workspaces'));
	if (!isOld) return;
	await database.transaction(async (queries) => {
		await queries.query(`create schema if not exists ${ASIDE}`);
		for (const table of await tablesIn(queries, 'public'))
			await queries.query(`alter table public."${table}" set schema ${ASIDE}`);
	});
}

/** Columns that both the old and the new table have. */
async function commonColumns(queries: Queries, table: string): Promise<string[]> {
	const rows = await queries.query<{ name: string }>(
		`select column_name as name from information_schema.columns where table_schema = 'public' and table_name = $1
		 intersect
		 select column_name from information_schema.columns where table_schema = '${ASIDE}' and table_name = $1`,
		[table]
	);
	return rows.map(({ name }) => `"${name}"`);
}

async function copyTable(queries: Queries, table: string, workspace: string | null): Promise<void> {
	const columns = (await commonColumns(queries, table)).join(', ');
	const [into, from] = workspace
		? [`workspace_id, ${columns}`, `'${workspace}'::uuid, ${columns}`]
		: [columns, columns];
	await queries.query(
		`insert into public.${table} (${into}) overriding system value select ${from} from ${ASIDE}.${table}`
	);
}

/** Copies what was set aside into a workspace, once. @returns its id; null when there is nothing, or it was done before */
export async function adopt(database: Database): Promise<string | null> {
	if (!(await has(database, ASIDE, 'photos'))) return null;
	if (await has(database, ASIDE, 'adopted')) return null;
	const workspace = randomUUID();
	await database.transaction(async (queries) => {
		const [studio] = await queries.query<{ name: string }>(
			`select name from ${ASIDE}.studio limit 1`
		);
		await copyTable(queries, 'users', null);
		await copyTable(queries, 'sessions', null);
		await queries.query(`insert into workspaces (id, slug, name) values ($1, 'default', $2)`, [
			workspace,
			studio?.name ?? 'My studio'
		]);
		await queries.query(
			`insert into members (workspace_id, user_id, role) select $1::uuid, id, role from ${ASIDE}.users`,
			[workspace]
		);
		// whoever owned the studio ran the machine
		await queries.query(
			`update users set is_superadmin = true where id in (select id from ${ASIDE}.users where role = 'owner')`
		);
		const forced = [
			...[...TENANT_TABLES, 'assignments', 'documents'],
			...['photo_files', 'assets', 'workspace_bytes']
		].filter((table) => table !== 'guest_codes');
		for (const table of forced)
			await queries.query(`alter table public.${table} no force row level security`);
		for (const table of TENANT_TABLES) await copyTable(queries, table, workspace);
		await queries.query(
			`insert into assets (workspace_id, kind, cache_key, sha256, size, path, created_by, created_at)
			 select $1::uuid, kind, kind || '/' || event_id || '/' || photo_id, sha256, size, path, created_by, created_at
			 from ${ASIDE}.photo_files`,
			[workspace]
		);
		await queries.query(
			`insert into photo_files (workspace_id, event_id, photo_id, kind, asset_id, faces, created_by, created_at)
			 select $1::uuid, f.event_id, f.photo_id, f.kind, a.id, f.faces, f.created_by, f.created_at
			 from ${ASIDE}.photo_files f join assets a on a.workspace_id = $1
			 	and a.cache_key = f.kind || '/' || f.event_id || '/' || f.photo_id`,
			[workspace]
		);
		for (const table of ['document_updates', 'document_clients'])
			await queries.query(`update public.${table} set document = $1 where document = $2`, [
				`workspace/${workspace}`,
				OLD_DOCUMENT
			]);
		await queries.query(
			`insert into document_owners (document, workspace_id)
			 select 'event/' || id, workspace_id from public.projects where workspace_id = $1 and type = 'event'`,
			[workspace]
		);
		// photographers saw everything, and go on seeing what there is now
		await queries.query(
			`insert into assignments (workspace_id, project_id, user_id)
			 select m.workspace_id, p.id, m.user_id from members m join projects p on p.workspace_id = m.workspace_id
			 where m.workspace_id = $1 and m.role = 'photographer' and p.parent is null and p.type is not null`,
			[workspace]
		);
		await queries.query(
			`insert into documents (workspace_id, document, head)
			 select workspace_id, document, max(seq) from public.document_updates where workspace_id = $1 group by 1, 2`,
			[workspace]
		);
		for (const table of forced)
			await queries.query(`alter table public.${table} force row level security`);
		await queries.query(`create table ${ASIDE}.adopted (workspace_id uuid not null)`);
		await queries.query(`insert into ${ASIDE}.adopted values ($1)`, [workspace]);
	});
	return workspace;
}

/**
 * Puts the installation back as it was before workspaces; what was done since is gone.
 * @throws Error when nothing was adopted, or the old tables were dropped
 */
export async function unadopt(database: Database): Promise<void> {
	if (!(await has(database, ASIDE, 'photos')))
		throw new Error('There is no installation from before workspaces to go back to.');
	await database.transaction(async (queries) => {
		for (const table of await tablesIn(queries, 'public'))
			await queries.query(`drop table public."${table}" cascade`);
		for (const name of ['refuse_change', 'count_asset_bytes', 'note_removed_file'])
			await queries.query(`drop function if exists public.${name}()`);
		await queries.query(`drop table if exists ${ASIDE}.adopted`);
		for (const table of await tablesIn(queries, ASIDE))
			await queries.query(`alter table ${ASIDE}."${table}" set schema public`);
		await queries.query(`drop schema ${ASIDE}`);
	});
}

/** Drops the old tables for good, once everybody is content. */
export async function forgetOld(database: Database): Promise<void> {
	await database.script(`drop schema if exists ${ASIDE} cascade`);
}
