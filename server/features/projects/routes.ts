import { AuraError } from '#shared/errors.ts';
import { type Action, can } from '#shared/permissions.ts';
import type { Relay } from '#sync/relay/relay.ts';
import type { Database } from '../../database/database.ts';
import type { Actor, AuraContext } from '../../http/context.ts';
import type { Implement } from '../../http/endpoint.ts';
import { type Deed, doerOf, record } from '../audit/store.ts';
import { requireProject } from './events.ts';
import { changeProject, createProject, findProjects, trashProject } from './service.ts';

const assertMay = ({ membership: { role } }: Actor, action: Action, type?: string) => {
	if (!can(role, action, type === 'event' ? 'event' : 'project'))
		throw new AuraError('forbidden', `The role ${role} may not ${action} projects.`);
};

export function projectRoutes(implement: Implement, database: Database, relay: Relay): void {
	const note = (who: Actor, c: AuraContext, deed: Deed) =>
		database.tenant(who.membership.id, (queries) => record(queries, doerOf(who, c), deed));

	implement('GET /api/workspaces/{workspace}/projects', async ({ who, query }) => {
		const person = who.reach === 'assigned' ? who.identity.user.id : null;
		return { projects: await findProjects(database, who.membership.id, query, person) };
	});
	implement('POST /api/workspaces/{workspace}/projects', async ({ who, body }) => {
		assertMay(who, 'create', body.type);
		return createProject(relay, who.membership.id, who.identity.user.id, body);
	});
	implement('GET /api/workspaces/{workspace}/projects/{project}', ({ who, params }) =>
		requireProject(database, who, params.project)
	);
	implement(
		'PATCH /api/workspaces/{workspace}/projects/{project}',
		async ({ who, params, body }) => {
			assertMay(who, 'update');
			return changeProject(relay, who.membership.id, params.project, body);
		}
	);
	implement('DELETE /api/workspaces/{workspace}/projects/{project}', async ({ who, params, c }) => {
		assertMay(who, 'delete');
		const { name } = await trashProject(
			relay,
			who.membership.id,
			params.project,
			who.identity.user.id
		);
		await note(who, c, { action: 'project.trash', subject: name });
		return undefined;
	});
	implement(
		'POST /api/workspaces/{workspace}/projects/{project}/restore',
		async ({ who, params, c }) => {
			assertMay(who, 'delete');
			const project = await trashProject(relay, who.membership.id, params.project, null);
			await note(who, c, { action: 'project.restore', subject: project.name });
			return project;
		}
	);
}
