import { randomUUID } from 'node:crypto';
import { AuraError } from '#shared/errors.ts';
import { idSchema } from '#shared/ids.ts';
import { can } from '#shared/permissions.ts';
import type { Database } from '../../database/database.ts';
import type { Implement } from '../../http/endpoint.ts';
import type { Connections } from '../../relay/connections.ts';
import { audited, doerOf } from '../audit/store.ts';
import { changeOwnStatus, changePlatformStatus } from './status.ts';
import { insertWorkspace, listPlatformWorkspaces, updateWorkspace } from './store.ts';

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
		const { id, role, name, slug } = who.membership;
		if (!can(role, 'update', 'workspace'))
			throw new AuraError('forbidden', `The role ${role} may not change the workspace.`);
		const after = { name: body.name ?? name, slug: body.slug ?? slug };
		await audited(database, doerOf(who, c), async (queries) => {
			await updateWorkspace(queries, { id, ...after });
			return { action: 'workspace.update', subject: after.name, before: { name, slug }, after };
		});
		return { ...who.membership, ...after };
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
