import { AuraError } from '#shared/errors.ts';
import { type Action, can } from '#shared/permissions.ts';
import { trashDaysOf } from '#shared/trash/days.ts';
import { MAX_TRASHED } from '#shared/trash/trash.ts';
import type { Relay } from '#sync/relay/relay.ts';
import type { Database } from '../../database/database.ts';
import type { Actor } from '../../http/context.ts';
import type { Implement } from '../../http/endpoint.ts';
import type { Storage } from '../../storage/storage.ts';
import { doerOf } from '../audit/store.ts';
import { namesOf } from '../members/names.ts';
import { requireEvent } from '../projects/events.ts';
import { findWorkspace } from '../workspaces/store.ts';
import { purge, restore } from './service.ts';
import { listTrashedPhotos, listTrashedProjects } from './store.ts';

const assertMay = ({ membership: { role } }: Actor, action: Action, what: string) => {
	if (!can(role, action, 'trash'))
		throw new AuraError('forbidden', `The role ${role} may not ${what}.`);
};

export function trashRoutes(
	implement: Implement,
	database: Database,
	relay: Relay,
	storage: Storage
): void {
	const ports = { database, relay, storage };
	/** @throws AuraError not_found for an event of another workspace */
	const assertEvents = async (who: Actor, photos: { event: string }[]) => {
		for (const event of new Set(photos.map((photo) => photo.event)))
			await requireEvent(database, who, event);
	};

	implement('GET /api/workspaces/{workspace}/trash', async ({ who }) => {
		assertMay(who, 'read', 'see the trash');
		const { id } = who.membership;
		const days = trashDaysOf((await findWorkspace(database, id)).settings);
		const [photos, projects] = await database.tenant(id, async (queries) => [
			await listTrashedPhotos(queries, id, days, MAX_TRASHED + 1),
			await listTrashedProjects(queries, id, days)
		]);
		const people = [...photos, ...projects].flatMap(({ by }) => by ?? []);
		const names = await namesOf(database, id, people);
		const named = <Item extends { by: string | null }>(item: Item) => ({
			...item,
			by: item.by === null ? null : { id: item.by, name: names.get(item.by) ?? '' }
		});
		return {
			days,
			isAll: photos.length <= MAX_TRASHED,
			photos: photos.slice(0, MAX_TRASHED).map(named),
			projects: projects.map(named)
		};
	});
	implement('POST /api/workspaces/{workspace}/trash/restore', async ({ who, body, c }) => {
		assertMay(who, 'restore', 'take something out of the trash');
		await assertEvents(who, body.photos);
		return restore(ports, doerOf(who, c), body);
	});
	implement('POST /api/workspaces/{workspace}/trash/purge', async ({ who, body, c }) => {
		assertMay(who, 'delete', 'remove something for good');
		await assertEvents(who, body.photos);
		return purge(ports, doerOf(who, c), body, body.reason);
	});
}
