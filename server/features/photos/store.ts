import type { z } from 'zod';
import type { photoSchema } from '#shared/photos/listing.ts';
import { type FileKind, fileKinds } from '#shared/files/kinds.ts';
import type { Queries } from '../../database/database.ts';

type Photo = z.infer<typeof photoSchema>;

interface Row {
	id: string;
	name: string;
	sha256: string;
	taken_at: string | null;
	width: number;
	height: number;
	rating: number;
	flag: Photo['flag'];
	source: Photo['source'];
	is_temporary: boolean;
	faces: number | null;
	kinds: FileKind[];
}

/** Photos of an event in the order of the camera's clock, or of import where the camera said nothing. */
export async function listPhotos(
	queries: Queries,
	workspace: string,
	event: string
): Promise<Photo[]> {
	const rows = await queries.query<Row>(
		`select p.id, p.name, p.sha256, to_char(p.taken_at, 'YYYY-MM-DD"T"HH24:MI:SS') as taken_at, p.width, p.height,
		 	p.source, exists (select 1 from waiting_photos w where w.workspace_id = p.workspace_id
		 		and w.event_id = p.event_id and w.photo_id = p.id) as is_temporary,
		 	coalesce((select (m.value #>> '{}')::int from photo_marks m where m.workspace_id = p.workspace_id
		 		and m.event_id = p.event_id and m.photo_id = p.id and m.field = 'rating'), 0) as rating,
		 	(select m.value #>> '{}' from photo_marks m where m.workspace_id = p.workspace_id
		 		and m.event_id = p.event_id and m.photo_id = p.id and m.field = 'flag') as flag,
		 	(select f.faces from photo_files f where f.workspace_id = p.workspace_id
		 		and f.event_id = p.event_id and f.photo_id = p.id and f.kind = 'faces') as faces,
		 	array(select f.kind from photo_files f where f.workspace_id = p.workspace_id
		 		and f.event_id = p.event_id and f.photo_id = p.id) as kinds
		 from live_photos p where p.workspace_id = $1 and p.event_id = $2
		 order by coalesce(p.taken_at, p.imported_at at time zone 'UTC'), p.name, p.id`,
		[workspace, event]
	);
	return rows.map(({ taken_at, is_temporary, kinds, ...row }) => ({
		...row,
		takenAt: taken_at,
		isTemporary: is_temporary,
		files: Object.fromEntries(
			fileKinds.map((kind) => [kind, kinds.includes(kind) ? 'stored' : 'missing'])
		) as Photo['files']
	}));
}

/** Who wrote a document, and as which clients. */
export const listAuthors = (
	queries: Queries,
	workspace: string,
	document: string
): Promise<{ author: string; clients: (string | number)[] }[]> =>
	queries.query(
		`select owner as author, array_agg(client_id order by client_id) as clients from document_clients
		 where workspace_id = $1 and document = $2 and owner <> 'server' group by owner order by owner`,
		[workspace, document]
	);
