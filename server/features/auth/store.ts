import { AuraError } from '#shared/errors.ts';
import type { Identity, Membership, User } from '#shared/auth.ts';
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

/** Columns that say who somebody is and where they belong; `u` is the person's row in users. */
export const identityColumns = `u.id, u.name, u.email, u.is_superadmin as "isSuperadmin",
	coalesce((select json_agg(json_build_object('id', w.id, 'name', w.name, 'slug', w.slug, 'role', m.role,
		'status', w.status, 'statusReason', w.status_reason) order by w.name, w.id)
		from members m join workspaces w on w.id = m.workspace_id
		where m.user_id = u.id and (w.status <> 'deleted' or m.role = 'owner')), '[]'::json) as workspaces`;

export type IdentityRow = User & { workspaces: Membership[] };

export const toIdentity = ({
	id,
	name,
	email,
	isSuperadmin,
	workspaces
}: IdentityRow): Identity => ({
	user: { id, name, email, isSuperadmin },
	workspaces
});

/** Somebody with the workspaces that they belong to, by name; deleted ones are there for their owners, who can restore them. */
export async function findIdentity(queries: Queries, id: string): Promise<Identity | null> {
	const [row] = await queries.query<IdentityRow>(
		`select ${identityColumns} from users u where u.id = $1`,
		[id]
	);
	return row ? toIdentity(row) : null;
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
	await queries.query(
		`update sessions set renewal = 'due' where user_id = $1 and renewal = 'none'`,
		[id]
	);
}

/** Everybody with an account, by address. */
export const listUsers = (
	queries: Queries
): Promise<{ email: string; name: string; superadmin: boolean }[]> =>
	queries.query(`select email, name, is_superadmin as superadmin from users order by email`);
