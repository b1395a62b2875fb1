import type { Database } from '../../database/database.ts';
import { vectorsOf } from '../../database/vectors.ts';
import type { Implement } from '../../http/endpoint.ts';
import type { MakeLimit } from '../../http/limits.ts';
import { identityOf } from '../auth/service.ts';
import type { Sessions } from '../auth/sessions.ts';
import type { Setup } from './setup.ts';

export function platformRoutes(
	implement: Implement,
	database: Database,
	sessions: Sessions,
	setup: Setup,
	version: string,
	makeLimit: MakeLimit
): void {
	const limit = makeLimit({ name: 'setup', points: 20, seconds: 15 * 60 });
	implement('GET /api/health', async () => {
		const vectors = await vectorsOf(database);
		return { status: 'ok', version, database: database.kind, vectors };
	});
	implement('GET /api/setup', async () => ({ needed: (await setup.token()) !== null }));
	implement('POST /api/setup', async ({ body, c }) => {
		await limit.take(c.get('address'));
		const userId = await setup.complete(body);
		c.header('Set-Cookie', await sessions.start(userId, c, 'password'));
		return identityOf(database, userId);
	});
}
