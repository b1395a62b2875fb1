import { AuraError } from '#shared/errors.ts';
import type { Project } from '#shared/projects.ts';
import type { Database } from '../../database/database.ts';
import { findProject } from './store.ts';

/** @returns the event of this workspace. @throws AuraError not_found, also for another workspace's. */
export async function requireEvent(
	database: Database,
	workspace: string,
	event: string
): Promise<Project> {
	const project = await database.tenant(workspace, (queries) =>
		findProject(queries, workspace, event)
	);
	if (project?.type !== 'event') throw new AuraError('not_found', 'There is no such event.');
	return project;
}
