import { AuraError } from '#shared/errors.ts';
import { can } from '#shared/permissions.ts';
import { stretchesOf, takingBack } from '#sync/documents/history.ts';
import type { Relay } from '#sync/relay/relay.ts';
import type { Database } from '../../database/database.ts';
import type { Actor } from '../../http/context.ts';
import type { Implement } from '../../http/endpoint.ts';
import { doerOf, record } from '../audit/store.ts';
import { namesOf } from '../members/names.ts';
import { requireEvent } from '../projects/events.ts';
import { stepsOf } from './log.ts';

/** Keys that are written at once: one edit must not hold up a room. */
const AT_ONCE = 2_000;

function assertMay({ membership: { role } }: Actor): void {
	if (!can(role, 'read', 'audit'))
		throw new AuraError('forbidden', `The role ${role} may not see who changed what.`);
}

export function historyRoutes(implement: Implement, database: Database, relay: Relay): void {
	implement('GET /api/workspaces/{workspace}/events/{event}/history', async ({ who, params }) => {
		assertMay(who);
		await requireEvent(database, who, params.event);
		const stretches = stretchesOf(
			await stepsOf(database, who.membership.id, `event/${params.event}`)
		);
		const names = await namesOf(
			database,
			who.membership.id,
			stretches.map(({ author }) => author)
		);
		return {
			stretches: stretches.map(({ author, begun, ended, ...rest }) => ({
				...rest,
				author: { id: author, name: names.get(author) ?? '' },
				begun: begun.toISOString(),
				ended: ended.toISOString()
			}))
		};
	});
	implement(
		'POST /api/workspaces/{workspace}/events/{event}/history/take-back',
		async ({ who, params, body, c }) => {
			assertMay(who);
			const { id: workspace } = who.membership;
			const event = await requireEvent(database, who, params.event);
			const document = `event/${params.event}`;
			const steps = await stepsOf(database, workspace, document);
			const { changes, kept } = takingBack(steps, body);
			for (let at = 0; at < changes.length; at += AT_ONCE)
				await relay.edit(document, changes.slice(at, at + AT_ONCE));
			const restored = changes.length;
			const names = await namesOf(database, workspace, [body.author]);
			await database.tenant(workspace, (queries) =>
				record(queries, doerOf(who, c), {
					action: 'event.take_back',
					subject: event.name,
					after: { of: names.get(body.author) ?? body.author, restored, kept }
				})
			);
			return { restored, kept };
		}
	);
}
