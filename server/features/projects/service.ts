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
import { type ProjectTree, assignedProjects, buildTree } from '#shared/projects/tree.ts';
import type { Relay } from '#sync/relay/relay.ts';
import type { Room } from '#sync/relay/room.ts';
import type { Database } from '../../database/database.ts';
import { listAssigned } from '../assignments/store.ts';
import { projectIn, projectsIn } from './document.ts';
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

const readProject = (room: Room, id: string): Project => {
	const project = projectIn(room.doc, id);
	if (!project) throw new AuraError('not_found', 'There is no such project.');
	return project;
};

const readTree = (room: Room): ProjectTree<Project> => buildTree(projectsIn(room.doc));

/** Writes fields; null clears. */
const write = (
	room: Room,
	id: string,
	values: { [Field in ProjectField]?: unknown },
	facts?: ProjectFacts
): Promise<void> =>
	room.edit((doc) => {
		if (facts) doc.getMap('projects').set(id, facts);
		const fields = doc.getMap('projectFields');
		for (const [name, value] of Object.entries(values)) {
			const key = `${id}/${name}`;
			if (value === undefined || JSON.stringify(fields.get(key) ?? null) === JSON.stringify(value))
				continue;
			fields.set(key, value);
		}
	});

/** @throws AuraError invalid when the parent is none. @returns what was made, durable */
export async function createProject(
	relay: Relay,
	workspace: string,
	by: string,
	{ type, ...fields }: z.output<typeof newProjectSchema>
): Promise<Project> {
	const room = await relay.open(`workspace/${workspace}`);
	const id = randomUUID();
	const fault = fields.parent ? readTree(room).moveFault(id, fields.parent) : null;
	if (fault) throw new AuraError('invalid', `parent: ${fault}`);
	const given = Object.fromEntries(
		Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)
	);
	await write(room, id, given, { type, createdAt: new Date().toISOString(), by });
	return readProject(room, id);
}

/** @throws AuraError not_found, invalid */
export async function changeProject(
	relay: Relay,
	workspace: string,
	id: string,
	changes: ProjectChanges
): Promise<Project> {
	const room = await relay.open(`workspace/${workspace}`);
	const before = readProject(room, id);
	const fault = changes.parent ? readTree(room).moveFault(id, changes.parent) : null;
	if (fault) throw new AuraError('invalid', `parent: ${fault}`);
	const { date, endDate } = { ...before, ...changes };
	if (date && endDate && endDate < date)
		throw new AuraError('invalid', 'endDate: The last day is before the first one.');
	await write(room, id, changes);
	return readProject(room, id);
}

/** Puts a project into the trash, or takes it out. @throws AuraError not_found */
export async function trashProject(
	relay: Relay,
	workspace: string,
	id: string,
	isTrashed: boolean
): Promise<Project> {
	const room = await relay.open(`workspace/${workspace}`);
	const before = readProject(room, id);
	if ((before.trashedAt !== null) !== isTrashed)
		await write(room, id, { trashedAt: isTrashed ? new Date().toISOString() : null });
	return readProject(room, id);
}
