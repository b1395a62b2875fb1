import type { Queries } from '../../database/database.ts';

export interface StoredPasskey {
	id: string;
	userId: string;
	publicKey: Uint8Array<ArrayBuffer>;
	counter: number;
	transports: string[];
}

interface Row {
	id: string;
	user_id: string;
	public_key: Uint8Array;
	counter: number;
	transports: string[];
}

export async function listPasskeys(
	queries: Queries,
	userId: string
): Promise<{ id: string; name: string; createdAt: string; lastUsedAt: string | null }[]> {
	const rows = await queries.query<{
		id: string;
		name: string;
		created_at: Date;
		last_used_at: Date | null;
	}>(
		`select id, name, created_at, last_used_at from passkeys where user_id = $1 order by created_at, id`,
		[userId]
	);
	return rows.map((row) => ({
		id: row.id,
		name: row.name,
		createdAt: row.created_at.toISOString(),
		lastUsedAt: row.last_used_at?.toISOString() ?? null
	}));
}

export async function findPasskey(queries: Queries, id: string): Promise<StoredPasskey | null> {
	const [row] = await queries.query<Row>(
		`select id, user_id, public_key, counter, transports from passkeys where id = $1`,
		[id]
	);
	return row
		? {
				id: row.id,
				userId: row.user_id,
				publicKey: new Uint8Array(row.public_key),
				counter: Number(row.counter),
				transports: row.transports
			}
		: null;
}

/** @returns false when this credential is known already. */
export async function insertPasskey(
	queries: Queries,
	passkey: StoredPasskey & { name: string }
): Promise<boolean> {
	const rows = await queries.query(
		`insert into passkeys (id, user_id, public_key, counter, transports, name)
		 values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning id`,
		[
			passkey.id,
			passkey.userId,
			passkey.publicKey,
			passkey.counter,
			passkey.transports,
			passkey.name
		]
	);
	return rows.length > 0;
}

export async function noteUse(queries: Queries, id: string, counter: number): Promise<void> {
	await queries.query(`update passkeys set counter = $2, last_used_at = now() where id = $1`, [
		id,
		counter
	]);
}

/** @returns whether there was one. */
export async function deletePasskey(
	queries: Queries,
	userId: string,
	id: string
): Promise<boolean> {
	const rows = await queries.query(
		`delete from passkeys where user_id = $1 and id = $2 returning id`,
		[userId, id]
	);
	return rows.length > 0;
}

/** Remembers a challenge for five minutes. @param userId who registers; null: somebody signs in */
export async function insertChallenge(
	queries: Queries,
	challenge: string,
	userId: string | null
): Promise<void> {
	await queries.query(`delete from passkey_challenges where expires_at <= now()`);
	await queries.query(
		`insert into passkey_challenges (challenge, user_id, expires_at) values ($1, $2, now() + interval '5 minutes')`,
		[challenge, userId]
	);
}

/** Takes a challenge: it is answered once. @returns whether it waited for this answer. */
export async function takeChallenge(
	queries: Queries,
	challenge: string,
	userId: string | null
): Promise<boolean> {
	const rows = await queries.query(
		`delete from passkey_challenges
		 where challenge = $1 and user_id is not distinct from $2::uuid and expires_at > now() returning challenge`,
		[challenge, userId]
	);
	return rows.length > 0;
}
