import type { Database } from '../../database/database.ts';
import type { Storage } from '../../storage/storage.ts';

const AT_ONCE = 500;

/**
 * Removes bytes from the storage whose rows are gone; after a crash the next run goes on. Nothing goes while a backup is
 * made: it may name what went a moment ago.
 */
export async function removeFiles(
	database: Database,
	storage: Storage,
	workspace: string
): Promise<void> {
	for (;;) {
		const paths = await database.tenant(workspace, async (queries) => {
			const rows = await queries.query<{ path: string; used: boolean }>(
				`select r.path, exists (
				 	select 1 from assets a where a.workspace_id = $1 and a.path = r.path) as used
				 from removed_files r where r.workspace_id = $1
				 and not exists (select 1 from installation where backup_until > now()) limit ${AT_ONCE}`,
				[workspace]
			);
			return rows;
		});
		if (paths.length === 0) return;
		for (const { path, used } of paths) if (!used) await storage.remove(path);
		await database.tenant(workspace, (queries) =>
			queries.query(`delete from removed_files where workspace_id = $1 and path = any($2)`, [
				workspace,
				paths.map(({ path }) => path)
			])
		);
	}
}
