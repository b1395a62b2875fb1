import type { Assignment } from '#shared/assignments.ts';
import type { Queries } from '../../database/database.ts';

/** Everything that people and teams are assigned to. */
export async function listAssignments(queries: Queries, workspace: string): Promise<Assignment[]> {
	const rows = await queries.query<{
		project: string;
		user_id: string | null;
		team_id: string | null;
	}>(
		`select project_id as project, user_id, team_id from assignments where workspace_id = $1 order by id`,
		[workspace]
	);
	return rows.map(({ project, user_id, team_id }) =>
		user_id !== null ? { project, user: user_id } : { project, team: team_id! }
	);
}

/** Projects that somebody is assigned to, in person or with a team. */
export async function listAssigned(
	queries: Queries,
	workspace: string,
	person: string
): Promise<string[]> {
	const rows = await queries.query<{ project: string }>(
		`select distinct project_id as project from assignments a where workspace_id = $1
		 	and (user_id = $2 or team_id in
		 		(select team_id from team_members where workspace_id = $1 and user_id = $2))`,
		[workspace, person]
	);
	return rows.map(({ project }) => project);
}

const columnOf = (assignment: Assignment): ['user_id' | 'team_id', string] =>
	'user' in assignment ? ['user_id', assignment.user] : ['team_id', assignment.team];

/** @returns false when it was so already */
export async function insertAssignment(
	queries: Queries,
	workspace: string,
	assignment: Assignment
): Promise<boolean> {
	const [column, id] = columnOf(assignment);
	const made = await queries.query(
		`insert into assignments (workspace_id, project_id, ${column}) values ($1, $2, $3)
		 on conflict do nothing returning 1`,
		[workspace, assignment.project, id]
	);
	return made.length > 0;
}

/** @returns false when there was none */
export async function deleteAssignment(
	queries: Queries,
	workspace: string,
	assignment: Assignment
): Promise<boolean> {
	const [column, id] = columnOf(assignment);
	const gone = await queries.query(
		`delete from assignments where workspace_id = $1 and project_id = $2 and ${column} = $3 returning 1`,
		[workspace, assignment.project, id]
	);
	return gone.length > 0;
}
