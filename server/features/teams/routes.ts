import { AuraError } from '#shared/errors.ts';
import { can } from '#shared/permissions.ts';
import type { Database } from '../../database/database.ts';
import type { Implement } from '../../http/endpoint.ts';
import type { Desks } from '../assignments/desks.ts';
import { doerOf } from '../audit/store.ts';
import { changeTeam, createTeam, removeTeam } from './service.ts';
import { listTeams } from './store.ts';

export function teamRoutes(implement: Implement, database: Database, desks: Desks): void {
	implement('GET /api/workspaces/{workspace}/teams', async ({ who }) => {
		const { id, role } = who.membership;
		if (!can(role, 'read', 'member'))
			throw new AuraError('forbidden', `The role ${role} may not see teams.`);
		return { teams: await database.tenant(id, (queries) => listTeams(queries, id)) };
	});
	implement('POST /api/workspaces/{workspace}/teams', ({ who, body, c }) =>
		createTeam(database, doerOf(who, c), body)
	);
	implement('PATCH /api/workspaces/{workspace}/teams/{team}', async ({ who, params, body, c }) => {
		const team = await changeTeam(database, doerOf(who, c), params.team, body);
		await desks.refresh(who.membership.id);
		return team;
	});
	implement('DELETE /api/workspaces/{workspace}/teams/{team}', async ({ who, params, c }) => {
		await removeTeam(database, doerOf(who, c), params.team);
		await desks.refresh(who.membership.id);
		return undefined;
	});
}
