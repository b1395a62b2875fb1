import type { Session } from './client.ts';
import type { TestServer } from './server.ts';

/** Puts a photo with one face into an event, as if devices had sent it: rows alone, no files. */
export async function insertPhoto(
	server: TestServer,
	{ workspace, userId }: Session,
	{ event, photo, name }: { event: string; photo: string; name: string },
	embedding: ArrayLike<number>,
	has: { thumb: boolean } = { thumb: true }
): Promise<void> {
	await server.database.tenant(workspace, async (queries) => {
		await queries.query(
			`insert into photos (workspace_id, event_id, id, name, sha256, size, type, width, height, imported_by, imported_at)
			 values ($1, $2, $3, $4, $5, 10, 'image/jpeg', 10, 10, $6, now())`,
			[workspace, event, photo, name, photo + photo, userId]
		);
		if (has.thumb)
			await queries.query(
				`with a as (
				 	insert into assets (workspace_id, kind, cache_key, sha256, size, path)
				 	values ($1, 'thumb', $4, $4, 1, 'x') returning id
				 ) insert into photo_files (workspace_id, event_id, photo_id, kind, asset_id, created_by)
				 select $1, $2, $3, 'thumb', id, $5 from a`,
				[workspace, event, photo, photo + photo, userId]
			);
		await queries.query(
			`insert into faces (workspace_id, event_id, photo_id, face, model, box, quality, embedding)
			 values ($1, $2, $3, 0, 'dlib-resnet-128', $4, 1, $5::text::vector)`,
			[workspace, event, photo, [0, 0, 1, 1], `[${Array.from(embedding).join(',')}]`]
		);
	});
}
