import type { Queries } from '../../database/database.ts';

/** When a waiting photo goes: its days are over, and the last warning was given at least a day ago. */
const goesAt = (days: string) => `w.heard_at + make_interval(days => ${days})`;

export interface Waiting {
	event: string;
	photos: number;
	bytes: number;
	goesAt: Date;
}

/** Photos that wait for approval, by event; those that go first are first. */
export async function listWaiting(
	queries: Queries,
	workspace: string,
	days: number
): Promise<Waiting[]> {
	const rows = await queries.query<Omit<Waiting, 'bytes' | 'goesAt'> & { bytes: string; at: Date }>(
		`select w.event_id as event, count(*)::int as photos, min(${goesAt('$2')}) as at,
		 	(select coalesce(sum(a.size), 0) from waiting_photos v
		 	 join photo_files f on f.workspace_id = $1 and f.event_id = v.event_id and f.photo_id = v.photo_id
		 	 join assets a on a.workspace_id = $1 and a.id = f.asset_id
		 	 where v.workspace_id = $1 and v.event_id = w.event_id)::bigint as bytes
		 from waiting_photos w where w.workspace_id = $1 group by w.event_id order by at, event`,
		[workspace, days]
	);
	return rows.map(({ at, bytes, ...row }) => ({ ...row, bytes: Number(bytes), goesAt: at }));
}

/** Events that have photos which wait for approval. */
export async function listEvents(queries: Queries, workspace: string): Promise<string[]> {
	const rows = await queries.query<{ event: string }>(
		`select distinct event_id as event from waiting_photos where workspace_id = $1`,
		[workspace]
	);
	return rows.map(({ event }) => event);
}

/** The time of photos stands still, as long as their event lies in the trash. */
export async function holdTime(
	queries: Queries,
	workspace: string,
	events: string[]
): Promise<void> {
	await queries.query(
		`update temporary_photos set heard_at = now(), warned = 0, warned_at = null
		 where workspace_id = $1 and event_id::text = any($2)`,
		[workspace, events]
	);
}

/**
 * Notes that a warning is given of photos that go within so many days, and of those that go a day later: an import that
 * took hours is one warning. Of several processes only one is told of each photo.
 * @param warning which one it is, from 1
 * @returns what it is about
 */
export async function takeWarnings(
	queries: Queries,
	workspace: string,
	{ days, within, warning }: { days: number; within: number; warning: number }
): Promise<Omit<Waiting, 'bytes'>[]> {
	const rows = await queries.query<{ event: string; photos: number; at: Date }>(
		`with near as (
		 	select w.event_id, w.photo_id from waiting_photos w where w.workspace_id = $1 and w.warned < $4
		 	and ${goesAt('$2')} < now() + make_interval(days => $3 + 1)
		 ), due as (
		 	select distinct w.event_id from waiting_photos w where w.workspace_id = $1 and w.warned < $4
		 	and ${goesAt('$2')} < now() + make_interval(days => $3)
		 ), told as (
		 	update temporary_photos t set warned = $4, warned_at = now() from near n join due using (event_id)
		 	where t.workspace_id = $1 and t.event_id = n.event_id and t.photo_id = n.photo_id and t.warned < $4
		 	returning t.event_id, t.heard_at
		 ) select w.event_id as event, count(*)::int as photos, min(${goesAt('$2')}) as at from told w group by 1 order by at, 1`,
		[workspace, days, within, warning]
	);
	return rows.map(({ at, ...row }) => ({ ...row, goesAt: at }));
}

/** Photos whose time is over, and of which the last warning was given at least a day ago. */
export async function listOver(
	queries: Queries,
	workspace: string,
	{ days, warning, limit }: { days: number; warning: number; limit: number }
): Promise<{ event: string; photo: string }[]> {
	return queries.query(
		`select w.event_id as event, w.photo_id as photo from waiting_photos w
		 where w.workspace_id = $1 and ${goesAt('$2')} < now() and w.warned >= $3 and w.warned_at < now() - interval '1 day'
		 order by w.heard_at limit $4`,
		[workspace, days, warning, limit]
	);
}

/** @param queries of the platform: people belong to no workspace */
export async function listPeopleWith(
	queries: Queries,
	workspace: string,
	roles: string[]
): Promise<{ email: string }[]> {
	return queries.query(
		`select u.email from members m join users u on u.id = m.user_id
		 where m.workspace_id = $1 and m.role = any($2) order by u.email`,
		[workspace, roles]
	);
}
