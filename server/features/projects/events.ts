import { AuraError } from '#shared/errors.ts';
import type { Project } from '#shared/projects/project.ts';
import { buildTree } from '#shared/projects/tree.ts';
import type { Database } from '../../database/database.ts';
import type { Actor } from '../../http/context.ts';
import { listAssigned } from '../assignments/store.ts';
import { listPath } from './store.ts';

const noEvent = () => new AuraError('not_found', 'There is no such event.');

/**
 * A project with everything that it lies under, and whether it is seen.
 * @param person whose assignments limit what is seen; null: nobody's
 */
async function findPlace(
	database: Database,
	workspace: string,
	id: string,
	person: string | null
): Promise<{ project: Project | undefined; isTrashed: boolean; isSeen: boolean }> {
	// one transaction: it is asked with every piece of a file
	const [path, assigned] = await database.tenant(workspace, async (queries) => [
		await listPath(queries, workspace, id),
		person === null ? null : new Set(await listAssigned(queries, workspace, person))
	]);
	const tree = buildTree(path);
	const isTrashed = tree.isTrashed(id);
	const isSeen =
		assigned === null || (!isTrashed && tree.pathTo(id).some((each) => assigned.has(each.id)));
	return { project: tree.get(id), isTrashed, isSeen };
}

/** Whether somebody sees a project who sees only what they are assigned to. */
export const isAssigned = async (
	database: Database,
	workspace: string,
	person: string,
	project: string
): Promise<boolean> => (await findPlace(database, workspace, project, person)).isSeen;

/**
 * @returns the project of the asking person's workspace.
 * @throws AuraError not_found, also for another workspace's, and where they are not assigned
 */
export async function requireProject(
	database: Database,
	{ identity, membership, reach }: Actor,
	id: string
): Promise<Project> {
	const person = reach === 'all' ? null : identity.user.id;
	const { project, isSeen } = await findPlace(database, membership.id, id, person);
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
	const { project, isTrashed } = await findPlace(database, workspace, id, null);
	if (project?.type !== 'event') throw noEvent();
	if (isTrashed)
		throw new AuraError(
			'gone',
			'The studio has closed this event for guests. Ask the photographer.'
		);
	return project;
}
