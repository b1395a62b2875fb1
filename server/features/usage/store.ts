import type { Cost, Stats } from '#shared/usage.ts';
import type { Queries } from '../../database/database.ts';

/** Bytes that the server stores of a workspace. */
export async function storedBytes(queries: Queries, workspace: string): Promise<number> {
	const [row] = await queries.query<{ bytes: string }>(
		`select bytes from workspace_bytes where workspace_id = $1`,
		[workspace]
	);
	return Number(row?.bytes ?? 0);
}

/** Spent since the first of this month, US dollars. */
export async function spentThisMonth(queries: Queries, workspace: string): Promise<number> {
	const [row] = await queries.query<{ usd: string }>(
		`select coalesce(sum(usd), 0)::float8 as usd from costs
		 where workspace_id = $1 and day >= date_trunc('month', now())::date`,
		[workspace]
	);
	return Number(row!.usd);
}

/** How much there is. An event is live when its days include today. */
export async function countAll(
	queries: Queries,
	workspace: string
): Promise<Pick<Stats, 'projects' | 'events' | 'eventsLive' | 'photos' | 'faces' | 'assets'>> {
	const [row] = await queries.query<Record<string, number>>(
		`select
		 	(select count(*) from projects where workspace_id = $1 and type is not null and trashed_at is null)::int as projects,
		 	(select count(*) from projects where workspace_id = $1 and type = 'event' and trashed_at is null)::int as events,
		 	(select count(*) from projects where workspace_id = $1 and type = 'event' and trashed_at is null and status = 'active'
		 		and now()::date between date and coalesce(end_date, date))::int as "eventsLive",
		 	(select count(*) from live_shots where workspace_id = $1)::int as photos,
		 	(select count(*) from faces where workspace_id = $1)::int as faces,
		 	(select count(*) from assets where workspace_id = $1)::int as assets`,
		[workspace]
	);
	return row as Awaited<ReturnType<typeof countAll>>;
}

/** What happened on each of the last days, today included; of photos those that are still there. */
export async function listDays(
	queries: Queries,
	workspace: string,
	days: number
): Promise<Stats['days']> {
	const rows = await queries.query<{ day: string; photos: number; bytes: string; usd: number }>(
		`with period as (
		 	select generate_series(now()::date - ($2::int - 1), now()::date, interval '1 day')::date as day
		 ), imported as (
		 	select imported_at::date as day, count(*) as photos from live_shots where workspace_id = $1 group by 1
		 ), stored as (
		 	select created_at::date as day, sum(size) as bytes from assets where workspace_id = $1 group by 1
		 ), spent as (
		 	select day, sum(usd) as usd from costs where workspace_id = $1 group by 1
		 )
		 select to_char(p.day, 'YYYY-MM-DD') as day, coalesce(i.photos, 0)::int as photos,
		 	coalesce((select sum(s.bytes) from stored s where s.day <= p.day), 0)::bigint as bytes,
		 	coalesce(c.usd, 0)::float8 as usd
		 from period p left join imported i on i.day = p.day left join spent c on c.day = p.day order by p.day`,
		[workspace, days]
	);
	return rows.map(({ bytes, ...row }) => ({ ...row, bytes: Number(bytes) }));
}

export async function listKinds(queries: Queries, workspace: string): Promise<Stats['kinds']> {
	const rows = await queries.query<{ kind: string; bytes: string }>(
		`select kind, sum(size)::bigint as bytes from assets where workspace_id = $1 group by kind order by 2 desc`,
		[workspace]
	);
	return rows.map(({ kind, bytes }) => ({ kind, bytes: Number(bytes) }));
}

/** Events with most photos. */
export async function listLargest(
	queries: Queries,
	workspace: string,
	limit: number
): Promise<Stats['largest']> {
	const rows = await queries.query<{ id: string; name: string; photos: number; bytes: string }>(
		`select p.id, coalesce(p.name, 'Untitled') as name, n.photos,
		 	(select coalesce(sum(a.size), 0)::bigint from photo_files f
		 	join assets a on a.workspace_id = $1 and a.id = f.asset_id where f.workspace_id = $1 and f.event_id = p.id) as bytes
		 from (select event_id, count(*)::int as photos from live_shots where workspace_id = $1
		 	group by event_id order by 2 desc limit $2) n
		 join projects p on p.workspace_id = $1 and p.id = n.event_id order by n.photos desc, p.id`,
		[workspace, limit]
	);
	return rows.map(({ bytes, ...row }) => ({ ...row, bytes: Number(bytes) }));
}

const costColumns = `id, to_char(day, 'YYYY-MM-DD') as day, usd::float8 as usd, what, project_id as project, noted_by_name as by`;

/** Costs, the latest first; at most 500. */
export const listCosts = (queries: Queries, workspace: string): Promise<Cost[]> =>
	queries.query<Cost>(
		`select ${costColumns} from costs where workspace_id = $1 order by day desc, created_at desc, id limit 500`,
		[workspace]
	);

export async function insertCost(
	queries: Queries,
	workspace: string,
	cost: Cost,
	by: string
): Promise<void> {
	await queries.query(
		`insert into costs (workspace_id, id, day, usd, what, project_id, noted_by, noted_by_name)
		 values ($1, $2, $3, $4::text::numeric, $5, $6, $7, $8)`,
		[workspace, cost.id, cost.day, String(cost.usd), cost.what, cost.project, by, cost.by]
	);
}

/** @returns what it was; null when there is none */
export async function deleteCost(
	queries: Queries,
	workspace: string,
	id: string
): Promise<Cost | null> {
	const [row] = await queries.query<Cost>(
		`delete from costs where workspace_id = $1 and id::text = $2 returning ${costColumns}`,
		[workspace, id]
	);
	return row ?? null;
}

/** Notes that faces were searched for. */
export async function countSearch(
	queries: Queries,
	workspace: string,
	by: 'guests' | 'team'
): Promise<void> {
	await queries.query(
		`insert into face_searches (workspace_id, day, ${by}) values ($1, now()::date, 1)
		 on conflict (workspace_id, day) do update set ${by} = face_searches.${by} + 1`,
		[workspace]
	);
}

/** Searches by face on the last days, today included. */
export async function sumSearches(
	queries: Queries,
	workspace: string,
	days: number
): Promise<Stats['searches']> {
	const [row] = await queries.query<Stats['searches']>(
		`select coalesce(sum(guests), 0)::int as guests, coalesce(sum(team), 0)::int as team
		 from face_searches where workspace_id = $1 and day > now()::date - $2::int`,
		[workspace, days]
	);
	return row!;
}
