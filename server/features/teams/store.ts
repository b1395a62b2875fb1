import type { Team } from '#shared/teams.ts';
import type { Queries } from '../../database/database.ts';

/** Teams by name. */
export const listTeams = (queries: Queries, workspace: string): Promise<Team[]> =>
	queries.query<Team>(
		`select t.id, t.name, array(select m.user_id::text from team_members m
		 	where m.workspace_id = t.workspace_id and m.team_id = t.id order by m.user_id) as members
		 from teams t where t.workspace_id = $1 order by lower(t.name), t.id`,
		[workspace]
	);

/** @returns false when the name is taken */
export async function insertTeam(
	queries: Queries,
	workspace: string,
	team: { id: string; name: string }
): Promise<boolean> {
	const made = await queries.query(
		`insert into teams (workspace_id, id, name) values ($1, $2, $3) on conflict do nothing returning 1`,
		[workspace, team.id, team.name]
	);
	return made.length > 0;
}

/** @returns false when the name is taken */
export async function renameTeam(
	queries: Queries,
	workspace: string,
	team: { id: string; name: string }
): Promise<boolean> {
	const changed = await queries.query(
		`update teams set name = $3 where workspace_id = $1 and id = $2 and not exists
		 (select 1 from teams where workspace_id = $1 and lower(name) = lower($3) and id <> $2) returning 1`,
		[workspace, team.id, team.name]
	);
	return changed.length > 0;
}

export async function deleteTeam(queries: Queries, workspace: string, id: string): Promise<void> {
	await queries.query(`delete from teams where workspace_id = $1 and id = $2`, [workspace, id]);
}

export async function addToTeam(
	queries: Queries,
	workspace: string,
	team: string,
	person: string
): Promise<void> {
	await queries.query(
		`insert into team_members (workspace_id, team_id, user_id) values ($1, $2, $3) on conflict do nothing`,
		[workspace, team, person]
	);
}

export async function removeFromTeam(
	queries: Queries,
	workspace: string,
	team: string,
	person: string
): Promise<void> {
	await queries.query(
		`delete from team_members where workspace_id = $1 and team_id = $2 and user_id = $3`,
		[workspace, team, person]
	);
}
