import { type Assignment, type AssignmentChanges, assignmentKey } from '#shared/assignments.ts';
import { AuraError } from '#shared/errors.ts';
import { can } from '#shared/permissions.ts';
import { type Database, type Queries, becomeTenant } from '../../database/database.ts';
import { type Doer, record, roleOfDoer } from '../audit/store.ts';
import { lockRoles, namesOf } from '../members/store.ts';
import { listProjects } from '../projects/store.ts';
import { listTeams } from '../teams/store.ts';
import { deleteAssignment, insertAssignment } from './store.ts';

/**
 * Assigns and ends assignments, all or none.
 * @throws AuraError forbidden, or invalid for a project, a team or a person that is not of this workspace
 */
export async function changeAssignments(
	database: Database,
	doer: Doer,
	{ assign, unassign }: AssignmentChanges
): Promise<void> {
	await database.transaction(async (queries) => {
		const roles = await lockRoles(queries, doer.workspace);
		const mine = roleOfDoer(doer, roles);
		if (!mine || !can(mine, 'manage', 'member'))
			throw new AuraError('forbidden', `The role ${mine ?? 'guest'} may not assign people.`);
		const names = await namesOf(queries, [...roles.keys()]);
		await becomeTenant(queries, doer.workspace);
		const words = await wordsFor(queries, doer.workspace, names);
		for (const each of dedupe(assign)) {
			const subject = words(each);
			if (!subject)
				throw new AuraError(
					'invalid',
					'assign: the project, the person or the team is not of this workspace.'
				);
			if (await insertAssignment(queries, doer.workspace, each))
				await record(queries, doer, { action: 'assignment.create', subject });
		}
		for (const each of dedupe(unassign))
			if (await deleteAssignment(queries, doer.workspace, each))
				await record(queries, doer, {
					action: 'assignment.delete',
					subject: words(each) ?? 'something that is gone'
				});
	});
}

const dedupe = (all: Assignment[]) =>
	new Map(all.map((each) => [assignmentKey(each), each])).values();

/** @returns says an assignment in words; null when something of it is not of this workspace */
async function wordsFor(queries: Queries, workspace: string, people: Map<string, string>) {
	const projects = new Map(
		(await listProjects(queries, workspace)).map(({ id, name }) => [id, name])
	);
	const teams = new Map((await listTeams(queries, workspace)).map(({ id, name }) => [id, name]));
	return (assignment: Assignment): string | null => {
		const project = projects.get(assignment.project);
		const who = 'user' in assignment ? people.get(assignment.user) : teams.get(assignment.team);
		return project === undefined || who === undefined ? null : `${who}: ${project}`;
	};
}
