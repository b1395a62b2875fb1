import type { Member } from '#shared/members.ts';
import type { Role } from '#shared/permissions.ts';
import type { Queries } from '../../database/database.ts';

interface Row {
	id: string;
	name: string;
	email: string;
	role: Role;
	created_at: Date;
	last_seen_at: Date | null;
}

const toMember = (row: Row): Member => ({
	user: { id: row.id, name: row.name, email: row.email },
	role: row.role,
	joinedAt: row.created_at.toISOString(),
	lastSeenAt: row.last_seen_at?.toISOString() ?? null
});

/** Members by name. */
export async function listMembers(queries: Queries, workspace: string): Promise<Member[]> {
	const rows = await queries.query<Row>(
		`select u.id, u.name, u.email, m.role, m.created_at,
		 	(select max(s.last_seen_at) from sessions s where s.user_id = u.id) as last_seen_at
		 from members m join users u on u.id = m.user_id
		 where m.workspace_id = $1 order by lower(u.name), u.id`,
		[workspace]
	);
	return rows.map(toMember);
}

/**
 * Locks who belongs to a workspace until the transaction ends, so that two changes at once follow each other.
 * @returns roles by person
 */
export async function lockRoles(queries: Queries, workspace: string): Promise<Map<string, Role>> {
	await queries.query(`select 1 from workspaces where id = $1 for no key update`, [workspace]);
	const rows = await queries.query<{ user_id: string; role: Role }>(
		`select user_id, role from members where workspace_id = $1`,
		[workspace]
	);
	return new Map(rows.map(({ user_id, role }) => [user_id, role]));
}

/** Somebody's rights have changed: their sessions get new ids. */
export async function renewSessions(queries: Queries, user: string): Promise<void> {
	await queries.query(
		`update sessions set renewal = 'due' where user_id = $1 and renewal = 'none'`,
		[user]
	);
}

export async function setRole(
	queries: Queries,
	workspace: string,
	user: string,
	role: Role
): Promise<void> {
	await queries.query(`update members set role = $3 where workspace_id = $1 and user_id = $2`, [
		workspace,
		user,
		role
	]);
	await renewSessions(queries, user);
}

export async function insertMember(
	queries: Queries,
	workspace: string,
	user: string,
	role: Role
): Promise<void> {
	await queries.query(`insert into members (workspace_id, user_id, role) values ($1, $2, $3)`, [
		workspace,
		user,
		role
	]);
}

export async function deleteMember(
	queries: Queries,
	workspace: string,
	user: string
): Promise<void> {
	await queries.query(`delete from members where workspace_id = $1 and user_id = $2`, [
		workspace,
		user
	]);
}

/** Names of people by id. */
export async function namesOf(queries: Queries, people: string[]): Promise<Map<string, string>> {
	const rows = await queries.query<{ id: string; name: string }>(
		`select id, name from users where id::text = any($1)`,
		[people]
	);
	return new Map(rows.map(({ id, name }) => [id, name]));
}
