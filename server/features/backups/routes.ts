import type { Database } from '../../database/database.ts';
import type { Implement } from '../../http/endpoint.ts';

export function backupRoutes(
	implement: Implement,
	database: Database,
	folder: string | undefined
): void {
	implement('GET /api/platform/backups', async () => {
		const [row] = await database.query<{ at: Date | null }>(
			`select backed_up_at as at from installation`
		);
		return { lastAt: row?.at?.toISOString() ?? null, isDaily: folder !== undefined };
	});
}
