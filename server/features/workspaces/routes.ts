import { randomUUID } from 'node:crypto';
import type { Database } from '../../database/database.ts';
import type { Implement } from '../../http/endpoint.ts';
import { insertWorkspace } from './store.ts';

export function workspaceRoutes(implement: Implement, database: Database): void {
	implement('GET /api/workspaces', async ({ who }) => ({ workspaces: who.workspaces }));
	implement('POST /api/workspaces', async ({ who, body }) => {
		const id = randomUUID();
		await database.transaction((queries) => insertWorkspace(queries, { id, ...body }, who.user.id));
		return { id, ...body, role: 'owner' as const };
	});
}
