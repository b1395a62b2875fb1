// Projects live in the workspace's document; the server changes them there like one more device.
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { AuraError } from '#shared/errors.ts';
import {
	type Project,
	type ProjectChanges,
	type ProjectFacts,
	type ProjectField,
	type newProjectSchema,
	type projectQuerySchema
} from '#shared/projects/project.ts';
import { restoring } from '#shared/projects/restoring.ts';
import { type ProjectTree, assignedProjects, buildTree } from '#shared/projects/tree.ts';
import type { Relay } from '#sync/relay/relay.ts';
import type { Database } from '../../database/database.ts';
import { listAssigned } from '../assignments/store.ts';
import { projectsIn, readProjects } from './document.ts';
import { listProjects } from './store.ts';

type Query = z.output<typeof projectQuerySchema>;

/** Projects that fit. @param person whose assignments limit them; null: nobody's */
export async function findProjects(
	database: Database,
	workspace: string,
	query: Query,
	person: string | null
): Promise<Project[]> {
	const [all, assigned] = await database.tenant(workspace, async (queries) => [
		await listProjects(queries, workspace),
		person ? await listAssigned(queries, workspace, person) : null
	]);
	const tree = buildTree(all);
	const seen = assigned && assignedProjects(tree, assigned);
	return all.filter((project) => {
		if (seen && !seen.has(project.id)) return false;
		const status = tree.isTrashed(project.id)
			? 'trashed'
			: tree.isArchived(project.id)
				? 'archived'
				: 'active';
		if (query.status ? status !== query.status : status === 'trashed') return false;
		if (query.type && project.type !== query.type) return false;
		return !query.parent || (tree.parentOf(project.id)?.id ?? 'none') === query.parent;
	});
}

/** The projects of a workspace as its document says them now. */
const readTree = async (relay: Relay, workspace: string): Promise<ProjectTree<Project>> =>
	buildTree(projectsIn(await readProjects(relay, `workspace/${workspace}`)));

const requireIn = (tree: ProjectTree<Project>, id: string): Project => {
	const project = tree.get(id);
	if (!project) throw new AuraError('not_found', 'There is no such project.');
	return project;
};

/** Writes fields; null clears. @returns the project as it is then */
async function write(
	relay: Relay,
	workspace: string,
	id: string,
	values: { [Field in ProjectField]?: unknown },
	facts?: ProjectFacts
): Promise<Project> {
	const fields = Object.entries(values)
		.filter(([, value]) => value !== undefined)
		.map(([name, value]) => ({ root: 'projectFields', key: `${id}/${name}`, value }));
	await relay.edit(
		`workspace/${workspace}`,
		facts ? [{ root: 'projects', key: id, value: facts }, ...fields] : fields
	);
	return requireIn(await readTree(relay, workspace), id);
}

/** @throws AuraError invalid when the parent is none. @returns what was made, durable */
export async function createProject(
	relay: Relay,
	workspace: string,
	by: string,
	{ type, ...fields }: z.output<typeof newProjectSchema>
): Promise<Project> {
	const id = randomUUID();
	const fault = fields.parent
		? (await readTree(relay, workspace)).moveFault(id, fields.parent)
		: null;
	if (fault) throw new AuraError('invalid', `parent: ${fault}`);
	const given = Object.fromEntries(
		Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)
	);
	return write(relay, workspace, id, given, { type, createdAt: new Date().toISOString(), by });
}

/** @throws AuraError not_found, invalid */
export async function changeProject(
	relay: Relay,
	workspace: string,
	id: string,
	changes: ProjectChanges
): Promise<Project> {
	const tree = await readTree(relay, workspace);
	const before = requireIn(tree, id);
	const fault = changes.parent ? tree.moveFault(id, changes.parent) : null;
	if (fault) throw new AuraError('invalid', `parent: ${fault}`);
	const { date, endDate } = { ...before, ...changes };
	if (date && endDate && endDate < date)
		throw new AuraError('invalid', 'endDate: The last day is before the first one.');
	return write(relay, workspace, id, changes);
}

/**
 * Puts a project into the trash, or takes it out.
 * @param by who puts it there; null: takes it out
 * @throws AuraError not_found
 */
export async function trashProject(
	relay: Relay,
	workspace: string,
	id: string,
	by: string | null
): Promise<Project> {
	const isTrashed = by !== null;
	const tree = await readTree(relay, workspace);
	const before = requireIn(tree, id);
	if ((before.trashedAt !== null) === isTrashed) return before;
	const now = new Date().toISOString();
	return write(
		relay,
		workspace,
		id,
		by !== null ? { trashedAt: now, trashedBy: by } : restoring(tree, before, now)
	);
}
