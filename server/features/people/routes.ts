import { AuraError } from '#shared/errors.ts';
import { embeddingFault } from '#shared/faces/sidecar.ts';
import { boxOf, faceKey } from '#shared/people/faces.ts';
import { can } from '#shared/permissions.ts';
import type { Actor } from '../../http/context.ts';
import { countSearch } from '../usage/store.ts';
import type { Implement } from '../../http/endpoint.ts';
import type { MakeLimit } from '../../http/limits.ts';
import { doerOf, record } from '../audit/store.ts';
import { modelInUse } from '../faces/models.ts';
import { searchFaces } from '../faces/store.ts';
import { requireEvent } from '../projects/events.ts';
import { findProjects } from '../projects/service.ts';
import { type ForgetPorts, forgetFaces, forgetPerson } from './forget.ts';
import { endRequest, findRequest, listRequests } from './requests.ts';
import { findPerson, listAppearances, listNumbered, listWith } from './listing.ts';

export function peopleRoutes(implement: Implement, ports: ForgetPorts, makeLimit: MakeLimit): void {
	const { database } = ports;
	const searches = makeLimit({ name: 'face-search', points: 120, seconds: 60, wait: 60 });

	const assertMayRead = ({ membership: { role } }: Actor) => {
		if (!can(role, 'read', 'person'))
			throw new AuraError('forbidden', `The role ${role} may not see people.`);
	};
	/** Events that somebody sees, without those in the trash. */
	const seenEvents = async ({ identity, membership, reach }: Actor): Promise<string[]> => {
		const person = reach === 'all' ? null : identity.user.id;
		const events = await findProjects(database, membership.id, { type: 'event' }, person);
		return events.map(({ id }) => id);
	};

	implement('GET /api/workspaces/{workspace}/people', async ({ who }) => {
		assertMayRead(who);
		const events = await seenEvents(who);
		const people = await database.tenant(who.membership.id, (queries) =>
			listNumbered(queries, who.membership.id, events)
		);
		// of people elsewhere whoever is assigned hears nothing
		return people.filter(({ photos }) => who.reach === 'all' || photos > 0);
	});
	implement('GET /api/workspaces/{workspace}/people/{person}', async ({ who, params }) => {
		assertMayRead(who);
		const workspace = who.membership.id;
		const events = await seenEvents(who);
		return database.tenant(workspace, async (queries) => {
			const person = await findPerson(queries, workspace, events, params.person);
			if (!person || (who.reach !== 'all' && person.photos === 0))
				throw new AuraError('not_found', 'There is no such person.');
			const appearances = await listAppearances(queries, workspace, events, person.id);
			return {
				person,
				appearances: appearances.map(({ person: _, ...rest }) => rest),
				with: await listWith(queries, workspace, events, person.id)
			};
		});
	});
	implement(
		'GET /api/workspaces/{workspace}/events/{event}/appearances',
		async ({ who, params }) => {
			assertMayRead(who);
			const workspace = who.membership.id;
			await requireEvent(database, who, params.event);
			const rows = await database.tenant(workspace, (queries) =>
				listAppearances(queries, workspace, [params.event], null)
			);
			return {
				appearances: rows.map(({ face, share, rank, origin, person }) => ({
					...{ face, person, share, rank, origin }
				}))
			};
		}
	);
	const assertMayForget = ({ membership: { role } }: Actor) => {
		if (!can(role, 'manage', 'person'))
			throw new AuraError('forbidden', `The role ${role} may not forget people.`);
	};
	implement('POST /api/workspaces/{workspace}/people/{person}/forget', ({ who, params, c }) => {
		assertMayForget(who);
		return forgetPerson(ports, doerOf(who, c), params.person);
	});
	implement(
		'POST /api/workspaces/{workspace}/events/{event}/faces/forget',
		async ({ who, params, body, c }) => {
			assertMayForget(who);
			const event = await requireEvent(database, who, params.event);
			const faces = await forgetFaces(ports, doerOf(who, c), event, body.faces);
			return { faces, events: 1 };
		}
	);
	implement('GET /api/workspaces/{workspace}/forget-requests', async ({ who }) => {
		assertMayForget(who);
		const workspace = who.membership.id;
		const events = await seenEvents(who);
		return {
			requests: await database.tenant(workspace, (queries) =>
				listRequests(queries, workspace, events)
			)
		};
	});
	implement(
		'POST /api/workspaces/{workspace}/forget-requests/{request}',
		async ({ who, params, body, c }) => {
			assertMayForget(who);
			const workspace = who.membership.id;
			const request = await database.tenant(workspace, (queries) =>
				findRequest(queries, workspace, params.request)
			);
			if (!request) throw new AuraError('not_found', 'There is no such request.');
			const event = await requireEvent(database, who, request.event);
			const foreign = body.faces.find((face) => !request.faces.includes(face));
			if (foreign) throw new AuraError('invalid', 'faces: not all of them were asked for.');
			const doer = doerOf(who, c);
			const faces = body.faces.length > 0 ? await forgetFaces(ports, doer, event, body.faces) : 0;
			await database.tenant(workspace, async (queries) => {
				await endRequest(queries, workspace, params.request);
				if (faces === 0)
					await record(queries, doer, { action: 'face.decline', subject: event.name });
			});
			return { faces, events: faces > 0 ? 1 : 0 };
		}
	);
	implement('POST /api/workspaces/{workspace}/search/faces', async ({ who, body, c }) => {
		assertMayRead(who);
		const workspace = who.membership.id;
		await searches.take(`${workspace} ${who.identity.user.id}`);
		const model = await modelInUse(database, workspace);
		if (model.id !== body.model)
			throw new AuraError('unknown_model', 'No faces are kept of this model.', {
				models: [model.id]
			});
		const fault = embeddingFault(body.embedding, model);
		if (fault) throw new AuraError('invalid', fault);
		if (body.event) await requireEvent(database, who, body.event);
		const events = body.event ? [body.event] : await seenEvents(who);
		const found = await database.tenant(workspace, async (queries) => {
			await countSearch(queries, workspace, 'team');
			return searchFaces(queries, workspace, model, body.embedding, {
				events,
				from: body.from ?? null,
				to: body.to ?? null,
				rating: body.rating ?? 0,
				limit: body.limit
			});
		});
		c.header('Cache-Control', 'no-store');
		return {
			photos: found.map(({ event, photo, name, width, height, box }) => ({
				...{ event, photo, name, width, height },
				face: faceKey(photo, boxOf(box))
			}))
		};
	});
}
