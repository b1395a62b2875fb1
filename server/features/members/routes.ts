import { AuraError } from '#shared/errors.ts';
import { can } from '#shared/permissions.ts';
import type { Database } from '../../database/database.ts';
import type { Implement } from '../../http/endpoint.ts';
import type { Connections } from '../../relay/connections.ts';
import { doerOf } from '../audit/store.ts';
import { createMemberService } from './service.ts';
import { listMembers } from './store.ts';

export function memberRoutes(
	implement: Implement,
	database: Database,
	connections: Connections
): void {
	const service = createMemberService(database, connections);
	implement('GET /api/workspaces/{workspace}/members', async ({ who }) => {
		const { id, role } = who.membership;
		if (!can(role, 'read', 'member'))
			throw new AuraError('forbidden', `The role ${role} may not see who belongs here.`);
		return { members: await listMembers(database, id) };
	});
	implement('PUT /api/workspaces/{workspace}/members/{user}', async ({ who, params, body, c }) => {
		await service.changeRole(doerOf(who, c), params.user, body.role);
		const members = await listMembers(database, who.membership.id);
		const changed = members.find(({ user }) => user.id === params.user);
		if (!changed) throw new AuraError('not_found', 'This person was removed just now.');
		return changed;
	});
	implement('DELETE /api/workspaces/{workspace}/members/{user}', async ({ who, params, c }) => {
		await service.remove(doerOf(who, c), params.user);
		return undefined;
	});
	implement('POST /api/workspaces/{workspace}/transfer-ownership', async ({ who, body, c }) => {
		await service.transferOwnership(doerOf(who, c), body.user);
		return undefined;
	});
}
