import type { Queries } from '../../database/database.ts';
import type { FaceMatch } from '../faces/store.ts';

/**
 * Photos of an event with a number, as photographers said before they took them, in the order of time; RAW and JPEG of one shot as
 * one. Rejected photos and those whose thumbnail has not arrived are left out, as in the search by face, and those with anybody whom
 * the studio hides: the number may be theirs.
 * @param bib as `bibOf` writes it
 */
export async function searchNumber(
	queries: Queries,
	{ workspace, event }: { workspace: string; event: string },
	bib: string,
	limit: number
): Promise<FaceMatch[]> {
	const rows = await queries.query<FaceMatch>(
		`select p.id, p.name, to_char(p.taken_at, 'YYYY-MM-DD"T"HH24:MI:SS') as "takenAt", oa.size
		 from photo_marks s
		 join live_shots p on p.workspace_id = $1 and p.event_id = $2 and p.id = s.photo_id
		 join photo_files t on t.workspace_id = $1 and t.event_id = $2 and t.photo_id = p.id and t.kind = 'thumb'
		 left join photo_files o on o.workspace_id = $1 and o.event_id = $2 and o.photo_id = p.id and o.kind = 'original'
		 left join assets oa on oa.workspace_id = $1 and oa.id = o.asset_id
		 left join photo_marks m on m.workspace_id = $1 and m.event_id = $2 and m.photo_id = p.id and m.field = 'flag'
		 where s.workspace_id = $1 and s.event_id = $2 and s.field = 'subject'
		 	and $3 = any(string_to_array(translate(upper(regexp_replace(s.value #>> '{}', '[\\s-]', '', 'g')), ';/', ',,'), ','))
		 	and m.value is distinct from '"reject"'::jsonb
		 	and not exists (
		 		select 1 from appearances a join people h on h.workspace_id = $1 and h.id = a.person_id and h.hidden
		 		where a.workspace_id = $1 and a.event_id = $2 and a.photo_id = p.id)
		 order by coalesce(p.taken_at, p.imported_at at time zone 'UTC'), p.name, p.id
		 limit $4`,
		[workspace, event, bib, limit]
	);
	return rows.map((row) => ({ ...row, size: row.size === null ? null : Number(row.size) }));
}
