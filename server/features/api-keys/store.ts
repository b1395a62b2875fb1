import type { ApiKey, KeyScope } from '#shared/api-keys.ts';
import { OVERLAP_HOURS } from '#shared/api-keys.ts';
import type { Queries } from '../../database/database.ts';

interface Row {
	id: string;
	name: string;
	scope: KeyScope;
	hint: string;
	created_by: string;
	created_at: Date;
	expires_at: Date | null;
	last_used_at: Date | null;
}
const toKey = (row: Row): ApiKey => ({
	id: row.id,
	name: row.name,
	scope: row.scope,
	hint: row.hint,
	createdBy: row.created_by,
	createdAt: row.created_at.toISOString(),
	expiresAt: row.expires_at?.toISOString() ?? null,
	lastUsedAt: row.last_used_at?.toISOString() ?? null
});

/** Keys that were not revoked, newest first. */
export async function listKeys(queries: Queries, workspace: string): Promise<ApiKey[]> {
	const rows = await queries.query<Row>(
		`select id, name, scope, hint, created_by, created_at, expires_at, last_used_at from api_keys
		 where workspace_id = $1 and revoked_at is null order by created_at desc, id`,
		[workspace]
	);
	return rows.map(toKey);
}

export async function insertKey(
	queries: Queries,
	workspace: string,
	key: { id: string; name: string; scope: KeyScope; hint: string; by: string; days: number | null }
): Promise<void> {
	await queries.query(
		`insert into api_keys (workspace_id, id, name, scope, hint, created_by, expires_at)
		 values ($1, $2, $3, $4, $5, $6, now() + make_interval(days => $7))`,
		[workspace, key.id, key.name, key.scope, key.hint, key.by, key.days]
	);
}

/** @returns the key's name, or null when there is none in force. */
export async function setHint(
	queries: Queries,
	workspace: string,
	id: string,
	hint: string
): Promise<string | null> {
	const [row] = await queries.query<{ name: string }>(
		`update api_keys set hint = $3 where workspace_id = $1 and id::text = $2 and revoked_at is null returning name`,
		[workspace, id, hint]
	);
	return row?.name ?? null;
}

/** @returns the key's name, or null when there is none in force. */
export async function revokeKey(
	queries: Queries,
	workspace: string,
	id: string
): Promise<string | null> {
	const [row] = await queries.query<{ name: string }>(
		`update api_keys set revoked_at = now()
		 where workspace_id = $1 and id::text = $2 and revoked_at is null returning name`,
		[workspace, id]
	);
	return row?.name ?? null;
}

/** The new secret is in force; former ones end after the overlap. */
export async function setSecret(
	queries: Queries,
	workspace: string,
	id: string,
	hash: string
): Promise<void> {
	await queries.query(
		`update api_key_secrets set expires_at = least(expires_at, now() + make_interval(hours => $3))
		 where workspace_id = $1 and key_id = $2`,
		[workspace, id, OVERLAP_HOURS]
	);
	await queries.query(
		`insert into api_key_secrets (hash, workspace_id, key_id) values ($1, $2, $3)`,
		[hash, workspace, id]
	);
}

export async function findSecret(
	queries: Queries,
	hash: string
): Promise<{ workspace: string; key: string } | null> {
	const [row] = await queries.query<{ workspace: string; key: string }>(
		`select workspace_id as workspace, key_id as key from api_key_secrets
		 where hash = $1 and (expires_at is null or expires_at > now())`,
		[hash]
	);
	return row ?? null;
}

/** A key in force; notes that it was used, at most once a minute. */
export async function useKey(
	queries: Queries,
	workspace: string,
	id: string
): Promise<{ name: string; scope: KeyScope } | null> {
	const [row] = await queries.query<{ name: string; scope: KeyScope; isNoted: boolean }>(
		`select name, scope, coalesce(last_used_at > now() - interval '1 minute', false) as "isNoted" from api_keys
		 where workspace_id = $1 and id = $2 and revoked_at is null and (expires_at is null or expires_at > now())`,
		[workspace, id]
	);
	if (row && !row.isNoted)
		await queries.query(
			`update api_keys set last_used_at = now() where workspace_id = $1 and id = $2`,
			[workspace, id]
		);
	return row ?? null;
}
