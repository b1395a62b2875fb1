import { AuraError } from '#shared/errors.ts';
import { can } from '#shared/permissions.ts';
import type { Database } from '../../database/database.ts';
import type { Implement } from '../../http/endpoint.ts';
import { doerOf } from '../audit/store.ts';
import type { Desks } from './desks.ts';
import { changeAssignments } from './service.ts';
import { listAssignments } from './store.ts';

export function assignmentRoutes(implement: Implement, database: Database, desks: Desks): void {
	implement('GET /api/workspaces/{workspace}/assignments', async ({ who }) => {
		const { id, role } = who.membership;
		if (!can(role, 'read', 'member'))
			throw new AuraError('forbidden', `The role ${role} may not see who is assigned.`);
		return { assignments: await database.tenant(id, (queries) => listAssignments(queries, id)) };
	});
	implement('POST /api/workspaces/{workspace}/assignments', async ({ who, body, c }) => {
		await changeAssignments(database, doerOf(who, c), body);
		await desks.refresh(who.membership.id);
		return undefined;
	});
}
