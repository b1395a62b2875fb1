import { AuraError } from '#shared/errors.ts';
import type { PlatformWorkspace } from '#shared/workspaces.ts';
import type { WorkspaceStatus } from '#shared/workspace-status.ts';
import type { Queries } from '../../database/database.ts';

/** @throws AuraError conflict when the slug is taken. */
export async function insertWorkspace(
	queries: Queries,
	workspace: { id: string; name: string; slug: string },
	ownerId: string
): Promise<void> {
	const made = await queries.query(
		`insert into workspaces (id, slug, name) values ($1, $2, $3) on conflict (slug) do nothing returning id`,
		[workspace.id, workspace.slug, workspace.name]
	);
	if (made.length === 0)
		throw new AuraError('conflict', `The address ${workspace.slug} is taken by another studio.`);
	await queries.query(
		`insert into members (workspace_id, user_id, role) values ($1, $2, 'owner')`,
		[workspace.id, ownerId]
	);
}

/** @throws AuraError conflict when the slug is taken. */
export async function updateWorkspace(
	queries: Queries,
	workspace: { id: string; name: string; slug: string }
): Promise<void> {
	const changed = await queries.query(
		`update workspaces set name = $2, slug = $3
		 where id = $1 and not exists (select 1 from workspaces where slug = $3 and id <> $1) returning id`,
		[workspace.id, workspace.name, workspace.slug]
	);
	if (changed.length === 0)
		throw new AuraError('conflict', `The address ${workspace.slug} is taken by another studio.`);
}

/** Locks a workspace until the transaction ends. @returns null when there is none */
export async function lockWorkspace(
	queries: Queries,
	id: string
): Promise<{ name: string; status: WorkspaceStatus } | null> {
	const [row] = await queries.query<{ name: string; status: WorkspaceStatus }>(
		`select name, status from workspaces where id::text = $1 for no key update`,
		[id]
	);
	return row ?? null;
}

export async function setStatus(
	queries: Queries,
	id: string,
	status: WorkspaceStatus,
	reason: string | null
): Promise<void> {
	await queries.query(
		`update workspaces set status = $2, status_reason = $3, status_at = now() where id = $1`,
		[id, status, reason]
	);
}

/** All workspaces, by name. */
export async function listPlatformWorkspaces(queries: Queries): Promise<PlatformWorkspace[]> {
	const rows = await queries.query<Omit<PlatformWorkspace, 'createdAt'> & { created_at: Date }>(
		`select w.id, w.name, w.slug, w.status, w.status_reason as "statusReason", w.created_at,
		 	(select count(*)::int from members m where m.workspace_id = w.id) as members,
		 	(select min(u.email) from members m join users u on u.id = m.user_id
		 	 where m.workspace_id = w.id and m.role = 'owner') as owner
		 from workspaces w order by lower(w.name), w.id`
	);
	return rows.map(({ created_at, ...row }) => ({ ...row, createdAt: created_at.toISOString() }));
}

/** Deleted workspaces whose time to be restored is over. */
export async function listPurgeable(queries: Queries, days: number): Promise<string[]> {
	const rows = await queries.query<{ id: string }>(
		`select id from workspaces where status = 'deleted' and status_at < now() - make_interval(days => $1)`,
		[days]
	);
	return rows.map(({ id }) => id);
}

/** Removes a workspace with every row that belongs to it; the log of what was done stays. */
export async function purgeWorkspace(queries: Queries, id: string): Promise<void> {
	await queries.query(`delete from workspaces where id = $1 and status = 'deleted'`, [id]);
}
