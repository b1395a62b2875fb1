// Takes photos off this device that were removed for good.
import type { DeviceDatabase } from '../device/database.ts';
import { type FileArea, removeFile } from '../device/files.ts';
import { dropGraph } from '../faces/stored-graph.ts';

/** @param photos with the SHA-256 of their originals */
export async function forget(
	person: string,
	database: DeviceDatabase,
	event: string,
	photos: readonly { photo: string; sha256: string }[]
): Promise<void> {
	const { imports, files, sidecars, transfers, looks } = database;
	const hashes = new Set(photos.map(({ sha256 }) => sha256));
	const gone: [FileArea, string][] = [];
	await database.transaction('rw', [imports, files, sidecars, transfers, looks], async () => {
		// the same photo may be in another event
		const elsewhere = new Set(
			(
				await imports
					.filter((row) => row.event !== event && row.sha256 !== null && hashes.has(row.sha256))
					.toArray()
			).map(({ sha256 }) => sha256)
		);
		for (const { photo, sha256 } of photos) {
			await sidecars.delete([event, photo]);
			await looks.delete([event, photo]);
			await imports.where('[event+sha256]').equals([event, sha256]).delete();
			await transfers.where('id').startsWith(`${event}/${photo}/`).delete();
			if (elsewhere.has(sha256)) continue;
			const areas: [FileArea, string][] = [
				['originals', sha256],
				['thumb', photo],
				['web', photo]
			];
			await files.bulkDelete(areas.map(([area, name]) => `${area}/${name}`));
			gone.push(...areas);
		}
	});
	await dropGraph(database);
	// the rows first: a file counts only while the database names it
	for (const [area, name] of gone) await removeFile(person, area, name);
}
