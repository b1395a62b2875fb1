import type { FileKind } from '#shared/files/kinds.ts';
import type { Queries } from '../../database/database.ts';

/** One stored file of a photo. */
export interface StoredFile {
	kind: FileKind;
	sha256: string;
	size: number;
	path: string;
	faces: number | null;
}

/** Where a photo is: every statement about its files needs all three. */
export interface PhotoRef {
	workspace: string;
	event: string;
	photo: string;
}

export async function findFile(
	queries: Queries,
	ref: PhotoRef,
	kind: FileKind
): Promise<StoredFile | null> {
	const [row] = await queries.query<StoredFile>(
		`select kind, sha256, size, path, faces from photo_files
		 where workspace_id = $1 and event_id = $2 and photo_id = $3 and kind = $4`,
		[ref.workspace, ref.event, ref.photo, kind]
	);
	return row ? { ...row, size: Number(row.size) } : null;
}

export async function insertFile(
	queries: Queries,
	ref: PhotoRef,
	file: StoredFile,
	createdBy: string
): Promise<void> {
	await queries.query(
		`insert into photo_files (workspace_id, event_id, photo_id, kind, sha256, size, path, faces, created_by)
		 values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
		[
			ref.workspace,
			ref.event,
			ref.photo,
			file.kind,
			file.sha256,
			file.size,
			file.path,
			file.faces,
			createdBy
		]
	);
}

/** Kinds that the server holds, and faces of the sidecar, for some photos of an event. */
export async function filesOfPhotos(
	queries: Queries,
	workspace: string,
	event: string,
	photos: string[]
): Promise<{ photo: string; kind: FileKind; faces: number | null }[]> {
	return queries.query(
		`select photo_id as photo, kind, faces from photo_files
		 where workspace_id = $1 and event_id = $2 and photo_id = any($3)`,
		[workspace, event, photos]
	);
}
