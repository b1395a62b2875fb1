import type { Sidecar } from '#shared/faces/sidecar.ts';
import type { Embedder } from '#shared/faces/models.ts';
import type { Queries } from '../../database/database.ts';
import type { PhotoRef } from '../files/store.ts';

const literal = (embedding: ArrayLike<number>) => `[${Array.from(embedding).join(',')}]`;

/** Puts the faces of one photo in place of those that were there. */
export async function replaceFaces(
	queries: Queries,
	ref: PhotoRef,
	sidecar: Sidecar
): Promise<void> {
	await queries.query(
		`delete from faces where workspace_id = $1 and event_id = $2 and photo_id = $3`,
		[ref.workspace, ref.event, ref.photo]
	);
	for (const [index, { box, quality, embedding }] of sidecar.faces.entries())
		await queries.query(
			`insert into faces (workspace_id, event_id, photo_id, face, model, box, quality, embedding)
			 values ($1, $2, $3, $4, $5, $6, $7, $8::text::vector)`,
			[
				ref.workspace,
				ref.event,
				ref.photo,
				index,
				sidecar.model,
				[box.x, box.y, box.width, box.height],
				quality,
				literal(embedding)
			]
		);
}

/** A published photo with the wanted face on it. */
export interface FaceMatch {
	id: string;
	name: string;
	/** bytes of the stored original */
	size: number | null;
}

/**
 * Exact search in one event: photos with a face at most `threshold` away, nearest first. Rejected
 * photos and those whose thumbnail has not arrived are left out.
 */
export async function searchEvent(
	queries: Queries,
	place: { workspace: string; event: string },
	model: Embedder,
	embedding: number[],
	limit: number
): Promise<FaceMatch[]> {
	const rows = await queries.query<FaceMatch>(
		`select p.id, p.name, oa.size
		 from (
		 	select photo_id, min(embedding <-> $4::text::vector) as distance from faces
		 	where workspace_id = $1 and event_id = $2 and model = $3
		 	group by photo_id
		 ) f
		 join live_photos p on p.workspace_id = $1 and p.event_id = $2 and p.id = f.photo_id
		 join photo_files t on t.workspace_id = $1 and t.event_id = $2 and t.photo_id = p.id and t.kind = 'thumb'
		 left join photo_files o on o.workspace_id = $1 and o.event_id = $2 and o.photo_id = p.id and o.kind = 'original'
		 left join assets oa on oa.workspace_id = $1 and oa.id = o.asset_id
		 left join photo_marks m on m.workspace_id = $1 and m.event_id = $2 and m.photo_id = p.id and m.field = 'flag'
		 where f.distance <= $5 and m.value is distinct from '"reject"'::jsonb
		 order by f.distance, p.id
		 limit $6`,
		[place.workspace, place.event, model.id, literal(embedding), model.threshold, limit]
	);
	return rows.map((row) => ({ ...row, size: row.size === null ? null : Number(row.size) }));
}
