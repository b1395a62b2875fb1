import type { Database } from '../../database/database.ts';
import type { Storage } from '../../storage/storage.ts';
import { madeAt } from './receive.ts';
import { forgetExpired, listStaged, stagingFolder } from './staging.ts';

/** An object of the staging folder that no row names after so long was left by a crash, ms. */
const LEFT_BEHIND_MS = 24 * 60 * 60 * 1000;

/** Removes pieces that nobody went on with, and what crashes left in the staging folders. */
export async function sweepUploads(
	database: Database,
	storage: Storage,
	now: () => number = Date.now
): Promise<void> {
	const workspaces = await database.query<{ id: string }>(`select id from workspaces`);
	for (const { id } of workspaces) {
		const folder = stagingFolder(id);
		const objects = await storage.list(folder);
		if (objects.length === 0) continue;
		const expired = new Set(await database.tenant(id, (queries) => forgetExpired(queries, id)));
		const named = new Set(await database.tenant(id, (queries) => listStaged(queries, id)));
		const isOld = (object: string) => !(madeAt(object) > now() - LEFT_BEHIND_MS);
		for (const object of objects)
			if (!named.has(object) && (expired.has(object) || isOld(object)))
				await storage.remove(`${folder}/${object}`);
	}
}
