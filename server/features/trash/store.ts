import type { Trash } from '#shared/trash/trash.ts';
import type { Queries } from '../../database/database.ts';

interface Row {
	at: Date;
	by: string | null;
	goes_at: Date;
	bytes: string;
}
type TrashedPhoto = Omit<Trash['photos'][number], 'by'> & { by: string | null };
type TrashedProject = Omit<Trash['projects'][number], 'by'> & { by: string | null };

const shared = ({ at, by, goes_at, bytes }: Row) => ({
	at: at.toISOString(),
	by,
	goesAt: goes_at.toISOString(),
	bytes: Number(bytes)
});

/** Bytes of a photo's files that no other photo uses; `f` names its files. */
const ownBytes = `coalesce(sum(a.size) filter (where not exists (
	select 1 from photo_files o where o.workspace_id = f.workspace_id and o.asset_id = f.asset_id
	and (o.event_id, o.photo_id) <> (f.event_id, f.photo_id))), 0)::bigint`;

/** Photos in the trash, the latest first. */
export async function listTrashedPhotos(
	queries: Queries,
	workspace: string,
	days: number,
	limit: number
): Promise<TrashedPhoto[]> {
	const rows = await queries.query<
		Row & { event: string; event_name: string; photo: string; name: string }
	>(
		`select t.at, t.by, t.heard_at + make_interval(days => $2) as goes_at, t.project_id as event,
		 	coalesce(e.name, 'Untitled') as event_name, p.id as photo, p.name,
		 	(select ${ownBytes} from photo_files f join assets a on a.workspace_id = f.workspace_id and a.id = f.asset_id
		 	 where f.workspace_id = $1 and f.event_id = t.project_id and f.photo_id = t.photo_id) as bytes
		 from trashed t
		 join photos p on p.workspace_id = $1 and p.event_id = t.project_id and p.id = t.photo_id
		 left join projects e on e.workspace_id = $1 and e.id = t.project_id
		 where t.workspace_id = $1 order by t.heard_at desc, p.name, p.id limit $3`,
		[workspace, days, limit]
	);
	return rows.map(({ event, event_name, photo, name, ...row }) => ({
		...shared(row),
		event,
		eventName: event_name,
		photo,
		name
	}));
}

/** Projects that were put into the trash themselves, the latest first, with what lies in them. */
export async function listTrashedProjects(
	queries: Queries,
	workspace: string,
	days: number
): Promise<TrashedProject[]> {
	const rows = await queries.query<
		Row & { id: string; type: TrashedProject['type']; name: string; photos: number }
	>(
		`with recursive below(root, id) as (
		 	select project_id, project_id from trashed where workspace_id = $1 and photo_id = ''
		 	union
		 	select b.root, p.id from projects p join below b on p.parent = b.id where p.workspace_id = $1
		 )
		 select t.at, p.trashed_by as by, t.heard_at + make_interval(days => $2) as goes_at, p.id, p.type, coalesce(p.name, 'Untitled') as name,
		 	(select count(*)::int from below b join photos o on o.workspace_id = $1 and o.event_id = b.id where b.root = p.id) as photos,
		 	(select coalesce(sum(a.size), 0)::bigint from below b
		 	 join photo_files f on f.workspace_id = $1 and f.event_id = b.id
		 	 join assets a on a.workspace_id = $1 and a.id = f.asset_id where b.root = p.id) as bytes
		 from trashed t join projects p on p.workspace_id = $1 and p.id = t.project_id and p.type is not null
		 where t.workspace_id = $1 and t.photo_id = '' order by t.heard_at desc, p.id`,
		[workspace, days]
	);
	return rows.map(({ id, type, name, photos, ...row }) => ({
		...shared(row),
		id,
		type,
		name,
		photos
	}));
}

/** What has lain in the trash for so long that it goes for good. */
export async function listExpired(
	queries: Queries,
	workspace: string,
	days: number,
	limit: number
): Promise<{ project: string; photo: string }[]> {
	return queries.query(
		`select project_id as project, photo_id as photo from trashed
		 where workspace_id = $1 and heard_at < now() - make_interval(days => $2) order by heard_at limit $3`,
		[workspace, days, limit]
	);
}

/** Files of photos that are gone: they came after the photo was removed. Young ones may be ahead of theirs. */
export async function listOrphans(
	queries: Queries,
	workspace: string,
	days: number
): Promise<{ event: string; photo: string }[]> {
	return queries.query(
		`select distinct f.event_id as event, f.photo_id as photo from photo_files f
		 where f.workspace_id = $1 and f.created_at < now() - make_interval(days => $2) and not exists (
		 	select 1 from photos p where p.workspace_id = $1 and p.event_id = f.event_id and p.id = f.photo_id)
		 limit 1000`,
		[workspace, days]
	);
}

/** Ids of all photos of an event, those in the trash too. */
export async function listPhotoIds(
	queries: Queries,
	workspace: string,
	event: string
): Promise<string[]> {
	const rows = await queries.query<{ id: string }>(
		`select id from photos where workspace_id = $1 and event_id = $2
		 union select photo_id from photo_files where workspace_id = $1 and event_id = $2`,
		[workspace, event]
	);
	return rows.map(({ id }) => id);
}

/** Forgets what refers to projects that are gone. */
export async function forgetProjects(
	queries: Queries,
	workspace: string,
	projects: string[]
): Promise<void> {
	for (const [table, column] of [
		['assignments', 'project_id'],
		['trashed', 'project_id'],
		['guest_consents', 'event_id'],
		['forget_requests', 'event_id']
	])
		await queries.query(
			`delete from ${table} where workspace_id = $1 and ${column}::text = any($2)`,
			[workspace, projects]
		);
}
