import { AuraError } from '#shared/errors.ts';
import { can } from '#shared/permissions.ts';
import { temporaryDaysOf } from '#shared/temporary/days.ts';
import type { Database } from '../../database/database.ts';
import type { Implement } from '../../http/endpoint.ts';
import { findProjects } from '../projects/service.ts';
import { findWorkspace } from '../workspaces/store.ts';
import { listWaiting } from './store.ts';

export function temporaryRoutes(implement: Implement, database: Database): void {
	implement('GET /api/workspaces/{workspace}/temporary', async ({ who }) => {
		const { id, role } = who.membership;
		if (!can(role, 'approve', 'approval'))
			throw new AuraError('forbidden', `The role ${role} may not approve photos.`);
		const days = temporaryDaysOf((await findWorkspace(database, id)).settings);
		const waiting = await database.tenant(id, (queries) => listWaiting(queries, id, days));
		// without those in the trash
		const events = await findProjects(database, id, { type: 'event' }, null);
		const names = new Map(events.map(({ id: event, name }) => [event, name]));
		return {
			days,
			events: waiting.flatMap(({ event, photos, bytes, goesAt }) => {
				const name = names.get(event);
				return name === undefined
					? []
					: [{ event, name, photos, bytes, goesAt: goesAt.toISOString() }];
			})
		};
	});
}
