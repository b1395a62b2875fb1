import type { z } from 'zod';
import { AuraError } from '#shared/errors.ts';
import { can } from '#shared/permissions.ts';
import { RESTORE_DAYS } from '#shared/workspace-status.ts';
import type { ownStatusSchema, platformStatusSchema } from '#shared/workspaces.ts';
import { closeCodes } from '#sync/relay/protocol.ts';
import type { Database } from '../../database/database.ts';
import type { Actor } from '../../http/context.ts';
import type { Connections } from '../../relay/connections.ts';
import type { Storage } from '../../storage/storage.ts';
import { type Doer, audited } from '../audit/store.ts';
import { listPurgeable, lockWorkspace, purgeWorkspace, setStatus } from './store.ts';

/** An owner archives, deletes or opens a workspace again. Whoever has it open hears of it at once. */
export async function changeOwnStatus(
	database: Database,
	connections: Connections,
	doer: Doer,
	{ membership }: Actor,
	wish: z.output<typeof ownStatusSchema>
): Promise<void> {
	if (!can(membership.role, 'delete', 'workspace'))
		throw new AuraError('forbidden', 'Only the owner archives, deletes or restores a workspace.');
	await audited(database, doer, async (queries) => {
		const now = await lockWorkspace(queries, membership.id);
		if (!now) throw new AuraError('not_found', 'There is no such workspace.');
		if (now.status === 'suspended')
			throw new AuraError('suspended', `${now.name} was suspended just now.`);
		if (wish.status === 'deleted' && wish.name.trim() !== now.name)
			throw new AuraError('invalid', `name: type ${now.name} to delete it.`);
		if (wish.status === now.status) return null;
		await setStatus(queries, membership.id, wish.status, null);
		return {
			action: 'workspace.status',
			subject: now.name,
			before: { status: now.status },
			after: { status: wish.status }
		};
	});
	const [code, reason] =
		wish.status === 'deleted'
			? [closeCodes.notFound, 'this workspace was deleted']
			: [1012, 'this workspace was opened or archived'];
	connections.end({ workspace: membership.id }, code, reason);
}

/** The platform suspends a workspace, or activates it again. @throws AuraError not_found, conflict */
export async function changePlatformStatus(
	database: Database,
	connections: Connections,
	doer: Doer,
	wish: z.output<typeof platformStatusSchema>
): Promise<void> {
	const reason = wish.status === 'suspended' ? wish.reason : null;
	await audited(database, doer, async (queries) => {
		const now = await lockWorkspace(queries, doer.workspace);
		if (!now) throw new AuraError('not_found', 'There is no such workspace.');
		if (now.status === 'deleted')
			throw new AuraError('conflict', `${now.name} is deleted: its owner can restore it.`);
		if (now.status === wish.status && !reason) return null;
		await setStatus(queries, doer.workspace, wish.status, reason);
		return {
			action: `workspace.${wish.status === 'suspended' ? 'suspend' : 'activate'}`,
			subject: now.name,
			before: { status: now.status },
			after: { status: wish.status, ...(reason ? { reason } : {}) }
		};
	});
	if (wish.status === 'suspended')
		connections.end(
			{ workspace: doer.workspace },
			closeCodes.forbidden,
			'this workspace is suspended'
		);
}

/**
 * Removes a deleted workspace for good: files, rows, faces. Its row is locked meanwhile, so that nobody restores what is
 * half gone; after a crash it is still deleted, and the next run finishes.
 * @returns false when it is not deleted (any more)
 */
export async function purge(database: Database, storage: Storage, doer: Doer): Promise<boolean> {
	let isGone = false;
	await audited(database, doer, async (queries) => {
		const now = await lockWorkspace(queries, doer.workspace);
		if (now?.status !== 'deleted') return null;
		for (const folder of ['files', 'uploads', 'exports'])
			await storage.removeFolder(`${folder}/${doer.workspace}`);
		await purgeWorkspace(queries, doer.workspace);
		isGone = true;
		return { action: 'workspace.purge', subject: now.name };
	});
	return isGone;
}

/** Removes for good what was deleted so long ago that it cannot be restored any more. */
export async function purgeDeleted(database: Database, storage: Storage): Promise<void> {
	for (const workspace of await listPurgeable(database, RESTORE_DAYS))
		await purge(database, storage, { workspace, actor: null, address: null });
}
