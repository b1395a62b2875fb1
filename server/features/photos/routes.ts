import type { Database } from '../../database/database.ts';
import type { Implement } from '../../http/endpoint.ts';
import { requireEvent } from '../projects/events.ts';
import { listPhotos } from './store.ts';

export function photoRoutes(implement: Implement, database: Database): void {
	implement('GET /api/workspaces/{workspace}/events/{event}/photos', async ({ who, params }) => {
		const { id } = who.membership;
		await requireEvent(database, who, params.event);
		return {
			photos: await database.tenant(id, (queries) => listPhotos(queries, id, params.event))
		};
	});
}
