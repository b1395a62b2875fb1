import { randomUUID } from 'node:crypto';
import { AuraError } from '#shared/errors.ts';
import { can } from '#shared/permissions.ts';
import type { Database } from '../../database/database.ts';
import type { Implement } from '../../http/endpoint.ts';
import { audited, doerOf } from '../audit/store.ts';
import { insertWorkspace, updateWorkspace } from './store.ts';

export function workspaceRoutes(implement: Implement, database: Database): void {
	implement('GET /api/workspaces', async ({ who }) => ({ workspaces: who.workspaces }));
	implement('POST /api/workspaces', async ({ who, body }) => {
		const id = randomUUID();
		await database.transaction((queries) => insertWorkspace(queries, { id, ...body }, who.user.id));
		return { id, ...body, role: 'owner' as const };
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
		return { id, role, ...after };
	});
}
