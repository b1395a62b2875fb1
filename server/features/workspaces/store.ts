import { AuraError } from '#shared/errors.ts';
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
