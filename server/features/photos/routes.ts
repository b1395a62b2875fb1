import type { Database } from '../../database/database.ts';
import type { Implement } from '../../http/endpoint.ts';
import { namesOf } from '../members/names.ts';
import { requireEvent } from '../projects/events.ts';
import { listAuthors, listPhotos } from './store.ts';

export function photoRoutes(implement: Implement, database: Database): void {
	implement('GET /api/workspaces/{workspace}/events/{event}/photos', async ({ who, params }) => {
		const { id } = who.membership;
		await requireEvent(database, who, params.event);
		return {
			photos: await database.tenant(id, (queries) => listPhotos(queries, id, params.event))
		};
	});
	implement('GET /api/workspaces/{workspace}/events/{event}/authors', async ({ who, params }) => {
		const { id } = who.membership;
		await requireEvent(database, who, params.event);
		const authors = await database.tenant(id, (queries) =>
			listAuthors(queries, id, `event/${params.event}`)
		);
		const names = await namesOf(
			database,
			id,
			authors.map(({ author }) => author)
		);
		return {
			authors: authors.map(({ author, clients }) => ({
				id: author,
				name: names.get(author) ?? '',
				clients: clients.map(Number)
			}))
		};
	});
}
