import { randomUUID } from 'node:crypto';
import { AuraError } from '#shared/errors.ts';
import { idSchema } from '#shared/ids.ts';
import type { Workspace } from '#shared/usage.ts';
import { can } from '#shared/permissions.ts';
import type { Database } from '../../database/database.ts';
import type { Implement } from '../../http/endpoint.ts';
import type { Connections } from '../../relay/connections.ts';
import { audited, doerOf } from '../audit/store.ts';
import { changeOwnStatus, changePlatformStatus } from './status.ts';
import {
	findWorkspace,
	insertWorkspace,
	listPlatformWorkspaces,
	lockWorkspace,
	updateWorkspace
} from './store.ts';

export function workspaceRoutes(
	implement: Implement,
	database: Database,
	connections: Connections
): void {
	implement('GET /api/workspaces', async ({ who }) => ({ workspaces: who.workspaces }));
	implement('POST /api/workspaces', async ({ who, body }) => {
		const id = randomUUID();
		await database.transaction((queries) => insertWorkspace(queries, { id, ...body }, who.user.id));
		return { id, ...body, role: 'owner' as const, status: 'active' as const, statusReason: null };
	});
	implement('PUT /api/workspaces/{workspace}', async ({ who, body, c }) => {
		const { id, role } = who.membership;
		if (!can(role, 'update', 'workspace'))
			throw new AuraError('forbidden', `The role ${role} may not change the workspace.`);
		const given = Object.entries(body).filter(([, value]) => value !== undefined);
		const changes = Object.fromEntries(given) as Partial<Workspace>;
		await audited(database, doerOf(who, c), async (queries) => {
			await lockWorkspace(queries, id);
			const now = await findWorkspace(queries, id);
			await updateWorkspace(queries, { ...now, ...changes });
			const before = Object.fromEntries(
				given.map(([key]) => [key, now[key as keyof Workspace] as unknown])
			);
			return {
				action: 'workspace.update',
				subject: changes.name ?? now.name,
				before,
				after: changes
			};
		});
		const { name = who.membership.name, slug = who.membership.slug } = changes;
		return { ...who.membership, name, slug };
	});
	implement('PUT /api/workspaces/{workspace}/status', async ({ who, body, c }) => {
		await changeOwnStatus(database, connections, doerOf(who, c), who, body);
		return { ...who.membership, status: body.status, statusReason: null };
	});
	implement('GET /api/platform/workspaces', async () => ({
		workspaces: await listPlatformWorkspaces(database)
	}));
	implement('PUT /api/platform/workspaces/{workspace}/status', async ({ who, params, body, c }) => {
		if (!idSchema.safeParse(params.workspace).success)
			throw new AuraError('not_found', 'There is no such workspace.');
		const { id, name } = who.user;
		const doer = { workspace: params.workspace, actor: { id, name }, address: c.get('address') };
		await changePlatformStatus(database, connections, doer, body);
		return undefined;
	});
}
