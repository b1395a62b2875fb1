import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { AuraError } from '#shared/errors.ts';
import { type Role, can } from '#shared/permissions.ts';
import type { Team, newTeamSchema, teamChangesSchema } from '#shared/teams.ts';
import { type Database, type Queries, becomeTenant } from '../../database/database.ts';
import { type Deed, type Doer, record, roleOfDoer } from '../audit/store.ts';
import { lockRoles, namesOf } from '../members/store.ts';
import {
	addToTeam,
	deleteTeam,
	insertTeam,
	listTeams,
	removeFromTeam,
	renameTeam
} from './store.ts';

interface Change {
	/** of the workspace's tenant transaction */
	queries: Queries;
	roles: Map<string, Role>;
	/** of people, by id */
	names: Map<string, string>;
}

/** Changes teams under the lock of who belongs to the workspace, and notes it. @throws AuraError forbidden */
const changing = <T>(
	database: Database,
	doer: Doer,
	run: (change: Change) => Promise<{ answer: T; deed: Deed | null }>
): Promise<T> =>
	database.transaction(async (queries) => {
		const roles = await lockRoles(queries, doer.workspace);
		const mine = roleOfDoer(doer, roles);
		if (!mine || !can(mine, 'manage', 'member'))
			throw new AuraError('forbidden', `The role ${mine ?? 'guest'} may not change teams.`);
		const names = await namesOf(queries, [...roles.keys()]);
		await becomeTenant(queries, doer.workspace);
		const { answer, deed } = await run({ queries, roles, names });
		if (deed) await record(queries, doer, deed);
		return answer;
	});

const taken = (name: string) => new AuraError('conflict', `There is a team named ${name} already.`);

async function findTeam(queries: Queries, workspace: string, id: string): Promise<Team> {
	const team = (await listTeams(queries, workspace)).find((each) => each.id === id);
	if (!team) throw new AuraError('not_found', 'There is no such team.');
	return team;
}

function assertMembers(roles: Map<string, Role>, people: string[]): void {
	if (people.some((person) => !roles.has(person)))
		throw new AuraError('invalid', 'members: somebody does not belong to this workspace.');
}

const namesIn = (names: Map<string, string>, team: Team) =>
	team.members.map((id) => names.get(id) ?? id).join(', ');

/** @throws AuraError forbidden, conflict, invalid */
export const createTeam = (
	database: Database,
	doer: Doer,
	given: z.output<typeof newTeamSchema>
): Promise<Team> =>
	changing(database, doer, async ({ queries, roles, names }) => {
		assertMembers(roles, given.members);
		const id = randomUUID();
		if (!(await insertTeam(queries, doer.workspace, { id, name: given.name })))
			throw taken(given.name);
		for (const person of given.members) await addToTeam(queries, doer.workspace, id, person);
		const answer = await findTeam(queries, doer.workspace, id);
		const members = namesIn(names, answer);
		return { answer, deed: { action: 'team.create', subject: given.name, after: { members } } };
	});

/** @throws AuraError forbidden, conflict, invalid, not_found */
export const changeTeam = (
	database: Database,
	doer: Doer,
	id: string,
	changes: z.output<typeof teamChangesSchema>
): Promise<Team> =>
	changing(database, doer, async ({ queries, roles, names }) => {
		const before = await findTeam(queries, doer.workspace, id);
		assertMembers(roles, changes.add);
		if (changes.name && !(await renameTeam(queries, doer.workspace, { id, name: changes.name })))
			throw taken(changes.name);
		for (const person of changes.add) await addToTeam(queries, doer.workspace, id, person);
		for (const person of changes.remove) await removeFromTeam(queries, doer.workspace, id, person);
		const answer = await findTeam(queries, doer.workspace, id);
		const say = (team: Team) => ({ name: team.name, members: namesIn(names, team) });
		const deed = {
			action: 'team.update',
			subject: answer.name,
			before: say(before),
			after: say(answer)
		};
		return {
			answer,
			deed: JSON.stringify(deed.before) === JSON.stringify(deed.after) ? null : deed
		};
	});

/** @throws AuraError forbidden, not_found */
export const removeTeam = (database: Database, doer: Doer, id: string): Promise<void> =>
	changing(database, doer, async ({ queries }) => {
		const { name } = await findTeam(queries, doer.workspace, id);
		await deleteTeam(queries, doer.workspace, id);
		return { answer: undefined, deed: { action: 'team.delete', subject: name } };
	});
