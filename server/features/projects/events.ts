import { AuraError } from '#shared/errors.ts';
import type { Project } from '#shared/projects/project.ts';
import { type ProjectTree, buildTree } from '#shared/projects/tree.ts';
import type { Database } from '../../database/database.ts';
import type { Actor } from '../../http/context.ts';
import { listAssigned } from '../assignments/store.ts';
import { listPath } from './store.ts';

const noEvent = () => new AuraError('not_found', 'There is no such event.');

/** A project with everything that it lies under. */
const pathTree = async (
	database: Database,
	workspace: string,
	id: string
): Promise<ProjectTree<Project>> =>
	buildTree(await database.tenant(workspace, (queries) => listPath(queries, workspace, id)));

/** Whether somebody sees a project who sees only what they are assigned to. */
export async function isAssigned(
	database: Database,
	workspace: string,
	person: string,
	project: string,
	tree?: ProjectTree<Project>
): Promise<boolean> {
	const known = tree ?? (await pathTree(database, workspace, project));
	if (!known.get(project) || known.isTrashed(project)) return false;
	const assigned = new Set(
		await database.tenant(workspace, (queries) => listAssigned(queries, workspace, person))
	);
	return known.pathTo(project).some(({ id }) => assigned.has(id));
}

/**
 * @returns the project of the asking person's workspace.
 * @throws AuraError not_found, also for another workspace's, and where they are not assigned
 */
export async function requireProject(
	database: Database,
	{ identity, membership, reach }: Actor,
	id: string
): Promise<Project> {
	const tree = await pathTree(database, membership.id, id);
	const project = tree.get(id);
	const isSeen =
		reach === 'all' || (await isAssigned(database, membership.id, identity.user.id, id, tree));
	if (!project || !isSeen) throw new AuraError('not_found', 'There is no such project.');
	return project;
}

/** The same for an event. */
export async function requireEvent(database: Database, who: Actor, id: string): Promise<Project> {
	const project = await requireProject(database, who, id).catch((error: unknown) => {
		throw error instanceof AuraError ? noEvent() : error;
	});
	if (project.type !== 'event') throw noEvent();
	return project;
}

/** @returns an event for guests. @throws AuraError not_found, or gone when it is in the trash */
export async function requireOpenEvent(
	database: Database,
	workspace: string,
	id: string
): Promise<Project> {
	const tree = await pathTree(database, workspace, id);
	const project = tree.get(id);
	if (project?.type !== 'event') throw noEvent();
	if (tree.isTrashed(id))
		throw new AuraError(
			'gone',
			'The studio has closed this event for guests. Ask the photographer.'
		);
	return project;
}
