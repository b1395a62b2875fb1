// What is known of faces goes when a studio's days are over: then faces are not looked for at the event any more, as if
// somebody had said so, and what that empties is emptied.
import { faceDaysOf } from '#shared/people/days.ts';
import type { Relay } from '#sync/relay/relay.ts';
import type { Database, Queries } from '../../database/database.ts';
import { type Doer, record } from '../audit/store.ts';
import { projectIn, readProjects } from '../projects/document.ts';
import { findWorkspace } from '../workspaces/store.ts';

/** The server, of its own accord. */
const itself = (workspace: string): Doer => ({ workspace, actor: null, address: null });

/** Events of which faces are known though they, and the last photo that came, are older than this. */
const listOver = (
	queries: Queries,
	workspace: string,
	days: number
): Promise<{ id: string; name: string }[]> =>
	queries.query(
		`select p.id, p.name from projects p
		 where p.workspace_id = $1 and p.faces is distinct from 'off'
		 	and coalesce(p.end_date, p.date, p.created_at::date) < now()::date - $2::int
		 	and exists (select 1 from photo_files f where f.workspace_id = $1 and f.event_id = p.id and f.kind = 'faces')
		 	and not exists (select 1 from photo_files f where f.workspace_id = $1 and f.event_id = p.id
		 		and f.created_at >= now() - make_interval(days => $2::int))
		 order by p.id`,
		[workspace, days]
	);

/** @throws nothing: what fails is reported, and tried again with the next sweep */
export async function sweepFaces(
	{ database, relay }: { database: Database; relay: Relay },
	report: (error: unknown) => void
): Promise<void> {
	const workspaces = await database.query<{ id: string }>(
		`select id from workspaces where status = 'active'`
	);
	for (const { id } of workspaces)
		try {
			const days = faceDaysOf((await findWorkspace(database, id)).settings);
			if (days === null) continue;
			const over = await database.tenant(id, (queries) => listOver(queries, id, days));
			if (over.length === 0) continue;
			const document = await readProjects(relay, `workspace/${id}`);
			for (const event of over) {
				if (!projectIn(document, event.id)) continue;
				await relay.edit(`workspace/${id}`, [
					{ root: 'projectFields', key: `${event.id}/faces`, value: 'off' }
				]);
				await database.tenant(id, (queries) =>
					record(queries, itself(id), {
						action: 'faces.expire',
						subject: event.name,
						after: { days }
					})
				);
			}
		} catch (error) {
			report(error);
		}
}
