import { AuraError } from '#shared/errors.ts';
import type { Workspace } from '#shared/usage.ts';
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

/** @throws AuraError not_found */
export async function findWorkspace(queries: Queries, id: string): Promise<Workspace> {
	const [row] = await queries.query<
		Omit<Workspace, 'quotaBytes' | 'createdAt'> & { quota: string | null; created_at: Date }
	>(
		`select id, name, slug, plan, quota_bytes as quota, budget_usd::float8 as "budgetUsd", settings, created_at
		 from workspaces where id = $1`,
		[id]
	);
	if (!row) throw new AuraError('not_found', 'There is no such workspace.');
	const { quota, created_at, ...rest } = row;
	return {
		...rest,
		quotaBytes: quota === null ? null : Number(quota),
		createdAt: created_at.toISOString()
	};
}

/** @throws AuraError conflict when the slug is taken. */
export async function updateWorkspace(
	queries: Queries,
	workspace: Pick<Workspace, 'id' | 'name' | 'slug' | 'budgetUsd' | 'settings'>
): Promise<void> {
	const { id, name, slug, budgetUsd, settings } = workspace;
	const changed = await queries.query(
		`update workspaces set name = $2, slug = $3, budget_usd = $4::text::numeric, settings = $5::text::jsonb
		 where id = $1 and not exists (select 1 from workspaces where slug = $3 and id <> $1) returning id`,
		[id, name, slug, budgetUsd === null ? null : String(budgetUsd), JSON.stringify(settings)]
	);
	if (changed.length === 0)
		throw new AuraError('conflict', `The address ${slug} is taken by another studio.`);
}

export async function setPlan(
	queries: Queries,
	id: string,
	{ plan, quotaBytes }: Pick<Workspace, 'plan' | 'quotaBytes'>
): Promise<void> {
	await queries.query(`update workspaces set plan = $2, quota_bytes = $3 where id = $1`, [
		id,
		plan,
		quotaBytes
	]);
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
	const rows = await queries.query<
		Omit<PlatformWorkspace, 'createdAt' | 'quotaBytes'> & {
			created_at: Date;
			quota: string | null;
		}
	>(
		`select w.id, w.name, w.slug, w.status, w.status_reason as "statusReason", w.created_at, w.plan, w.quota_bytes as quota,
		 	(select count(*)::int from members m where m.workspace_id = w.id) as members,
		 	(select min(u.email) from members m join users u on u.id = m.user_id
		 	 where m.workspace_id = w.id and m.role = 'owner') as owner
		 from workspaces w order by lower(w.name), w.id`
	);
	return rows.map(({ created_at, quota, ...row }) => ({
		...row,
		quotaBytes: quota === null ? null : Number(quota),
		createdAt: created_at.toISOString()
	}));
}

/** Deleted workspaces whose time to be restored is over. */
export async function listPurgeable(queries: Queries, days: number): Promise<string[]> {
	const rows = await queries.query<{ id: string }>(
		`select id from workspaces where status = 'deleted' and status_at < now() - make_interval(days => $1)
		 and not exists (select 1 from installation where backup_until > now())`,
		[days]
	);
	return rows.map(({ id }) => id);
}

/** Removes a workspace with every row that belongs to it; the log of what was done stays. */
export async function purgeWorkspace(queries: Queries, id: string): Promise<void> {
	await queries.query(`delete from workspaces where id = $1 and status = 'deleted'`, [id]);
}
