import type { Relay } from '#sync/relay/relay.ts';
import { fileBit } from '#shared/files/kinds.ts';
import type { Database } from '../../database/database.ts';
import { filesOfPhotos } from './store.ts';

/** Tells all devices, through the event's document, which files of a photo the server holds. */
export type MarkStored = (workspace: string, event: string, photo: string) => Promise<void>;

interface Batch {
	photos: Set<string>;
	done: Promise<void>;
}

/** Marks of many photos that arrive together become one change of the document. */
export function createMarkStored(database: Database, relay: Relay, windowMs = 40): MarkStored {
	const batches = new Map<string, Batch>();
	const write = async (workspace: string, event: string, photos: string[]) => {
		const rows = await database.tenant(workspace, (queries) =>
			filesOfPhotos(queries, workspace, event, photos)
		);
		const marks = new Map<string, { files: number; faces: number | null }>();
		for (const { photo, kind, faces } of rows) {
			const mark = marks.get(photo) ?? { files: 0, faces: null };
			mark.files |= fileBit[kind];
			mark.faces ??= faces;
			marks.set(photo, mark);
		}
		await relay.edit(
			`event/${event}`,
			[...marks].map(([photo, value]) => ({ root: 'stored', key: photo, value }))
		);
	};
	return (workspace, event, photo) => {
		let batch = batches.get(event);
		if (!batch) {
			const photos = new Set<string>();
			const done = new Promise((resolve) => setTimeout(resolve, windowMs)).then(() => {
				batches.delete(event);
				return write(workspace, event, [...photos]);
			});
			batch = { photos, done };
			batches.set(event, batch);
		}
		batch.photos.add(photo);
		return batch.done;
	};
}
