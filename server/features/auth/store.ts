import { AuraError } from '#shared/errors.ts';
import type { Membership, User } from '#shared/auth.ts';
import type { Queries } from '../../database/database.ts';

export async function findCredentials(
	queries: Queries,
	email: string
): Promise<{ id: string; passwordHash: string } | null> {
	const [row] = await queries.query<{ id: string; password_hash: string }>(
		`select id, password_hash from users where email = $1`,
		[email]
	);
	return row ? { id: row.id, passwordHash: row.password_hash } : null;
}

export async function findUser(queries: Queries, id: string): Promise<User | null> {
	const [row] = await queries.query<User>(
		`select id, name, email, is_superadmin as "isSuperadmin" from users where id = $1`,
		[id]
	);
	return row ?? null;
}

/** @throws AuraError conflict when the address has an account. */
export async function insertUser(
	queries: Queries,
	user: User & { passwordHash: string; isSuperadmin: boolean }
): Promise<void> {
	const made = await queries.query(
		`insert into users (id, email, name, password_hash, is_superadmin) values ($1, $2, $3, $4, $5)
		 on conflict (email) do nothing returning id`,
		[user.id, user.email, user.name, user.passwordHash, user.isSuperadmin]
	);
	if (made.length === 0)
		throw new AuraError('conflict', `${user.email} has an account already. Sign in with it.`);
}

export async function hasUsers(queries: Queries): Promise<boolean> {
	const rows = await queries.query(`select 1 from users limit 1`);
	return rows.length > 0;
}

/** Workspaces that a person belongs to, by name; deleted ones are there for their owners, who can restore them. */
export async function listMemberships(queries: Queries, userId: string): Promise<Membership[]> {
	return queries.query<Membership>(
		`select w.id, w.name, w.slug, m.role, w.status, w.status_reason as "statusReason" from members m join workspaces w on w.id = m.workspace_id
		 where m.user_id = $1 and (w.status <> 'deleted' or m.role = 'owner') order by w.name, w.id`,
		[userId]
	);
}

export async function setPasswordHash(queries: Queries, id: string, hash: string): Promise<void> {
	await queries.query(`update users set password_hash = $2 where id = $1`, [id, hash]);
}

export async function setSuperadmin(
	queries: Queries,
	id: string,
	isSuperadmin: boolean
): Promise<void> {
	await queries.query(`update users set is_superadmin = $2 where id = $1`, [id, isSuperadmin]);
}

/** Everybody with an account, by address. */
export const listUsers = (
	queries: Queries
): Promise<{ email: string; name: string; superadmin: boolean }[]> =>
	queries.query(`select email, name, is_superadmin as superadmin from users order by email`);
