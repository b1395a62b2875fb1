import { STATION_TRIES, type Station } from '#shared/stations.ts';
import type { Queries } from '../../database/database.ts';

/** Stations of a person, the newest first. */
export async function listStations(queries: Queries, user: string): Promise<Station[]> {
	const rows = await queries.query<{
		id: string;
		name: string;
		face: boolean;
		locked: boolean;
		created_at: Date;
		last_used_at: Date | null;
	}>(
		`select id, name, face is not null as face, coalesce(locked_until > now(), false) as locked, created_at, last_used_at
		 from stations where user_id = $1 order by created_at desc, id`,
		[user]
	);
	return rows.map((row) => ({
		id: row.id,
		name: row.name,
		hasFace: row.face,
		isLocked: row.locked,
		createdAt: row.created_at.toISOString(),
		lastUsedAt: row.last_used_at?.toISOString() ?? null
	}));
}

export async function insertStation(
	queries: Queries,
	station: { id: string; user: string; keyHash: string; name: string; pinHash: string }
): Promise<void> {
	await queries.query(
		`insert into stations (id, user_id, key_hash, name, pin_hash) values ($1, $2, $3, $4, $5)`,
		[station.id, station.user, station.keyHash, station.name, station.pinHash]
	);
}

/** @returns false when there was none of this person's */
export async function deleteStation(queries: Queries, user: string, id: string): Promise<boolean> {
	const gone = await queries.query(
		`delete from stations where user_id = $1 and id::text = $2 returning 1`,
		[user, id]
	);
	return gone.length > 0;
}

/** @param keyHash null: whoever the person is signed in as may forget the face. @returns false when there is no such station */
export async function setFace(
	queries: Queries,
	station: { user: string; id: string; keyHash: string | null },
	face: Uint8Array | null
): Promise<boolean> {
	const changed = await queries.query(
		`update stations set face = $4 where user_id = $1 and id::text = $2 and ($3::text is null or key_hash = $3::text) returning 1`,
		[station.user, station.id, station.keyHash, face]
	);
	return changed.length > 0;
}

export interface Attempt {
	user: string;
	pinHash: string | null;
	face: Uint8Array | null;
}

/**
 * Counts a try before it is judged, so that many at once cannot be more than the limit. After the fifth wrong one the
 * station is locked for five minutes, after each further one twice as long, at most a day.
 * @returns null when there is no such station, or it is locked
 */
export async function beginAttempt(
	queries: Queries,
	id: string,
	keyHash: string
): Promise<Attempt | null> {
	const [row] = await queries.query<{
		user_id: string;
		pin_hash: string | null;
		face: Uint8Array | null;
	}>(
		`update stations set failures = failures + 1, locked_until = case when failures + 1 >= $3 then
		 	now() + least(interval '1 day', interval '5 minutes' * power(2, least(failures + 1 - $3, 12))) end
		 where id::text = $1 and key_hash = $2 and coalesce(locked_until <= now(), true)
		 returning user_id, pin_hash, face`,
		[id, keyHash, STATION_TRIES]
	);
	return row ? { user: row.user_id, pinHash: row.pin_hash, face: row.face } : null;
}

/** The try was right. */
export async function succeed(queries: Queries, id: string): Promise<void> {
	await queries.query(
		`update stations set failures = 0, locked_until = null, last_used_at = now() where id::text = $1`,
		[id]
	);
}

/** Seconds for which a station is still locked; null when it is not, or there is none. */
export async function lockedFor(
	queries: Queries,
	id: string,
	keyHash: string
): Promise<number | null> {
	const [row] = await queries.query<{ seconds: number }>(
		`select ceil(extract(epoch from locked_until - now()))::int as seconds from stations
		 where id::text = $1 and key_hash = $2 and locked_until > now()`,
		[id, keyHash]
	);
	return row?.seconds ?? null;
}

/** Whether all workspaces of a person let a face unlock their stations; no workspace: no. */
export async function mayUseFace(queries: Queries, user: string): Promise<boolean> {
	const [row] = await queries.query<{ may: boolean | null }>(
		`select bool_and(coalesce(w.settings ->> 'faceUnlock' = 'true', false)) as may from members m
		 join workspaces w on w.id = m.workspace_id where m.user_id = $1 and w.status <> 'deleted'`,
		[user]
	);
	return row?.may ?? false;
}
