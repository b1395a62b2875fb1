import { randomUUID } from 'node:crypto';
import type { Relay } from '#sync/relay/relay.ts';
import { AuraError } from '#shared/errors.ts';
import { can } from '#shared/permissions.ts';
import type { Database } from '../../database/database.ts';
import type { Implement } from '../../http/endpoint.ts';
import { findProject, listProjects } from './store.ts';

export function projectRoutes(implement: Implement, database: Database, relay: Relay): void {
	implement('GET /api/workspaces/{workspace}/projects', async ({ who }) => {
		const { id } = who.membership;
		return { projects: await database.tenant(id, (queries) => listProjects(queries, id)) };
	});
	implement('POST /api/workspaces/{workspace}/projects', async ({ who, body }) => {
		const { id: workspace, role } = who.membership;
		if (!can(role, 'create', body.type === 'event' ? 'event' : 'project'))
			throw new AuraError('forbidden', `The role ${role} may not create projects.`);
		if (body.parent) {
			const parent = await database.tenant(workspace, (queries) =>
				findProject(queries, workspace, body.parent!)
			);
			if (!parent) throw new AuraError('invalid', 'parent: there is no such project.');
		}
		const id = randomUUID();
		const createdAt = new Date().toISOString();
		const room = await relay.open(`workspace/${workspace}`);
		await room.edit((doc) => {
			doc.getMap('projects').set(id, { type: body.type, createdAt, by: who.identity.user.id });
			const fields = doc.getMap('projectFields');
			fields.set(`${id}/name`, body.name);
			if (body.date) fields.set(`${id}/date`, body.date);
			if (body.parent) fields.set(`${id}/parent`, body.parent);
		});
		return {
			id,
			type: body.type,
			name: body.name,
			date: body.date ?? null,
			parent: body.parent ?? null,
			status: 'active' as const,
			createdAt
		};
	});
}
