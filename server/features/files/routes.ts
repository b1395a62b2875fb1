import { AuraError } from '#shared/errors.ts';
import { type Role, can } from '#shared/permissions.ts';
import type { Project } from '#shared/projects/project.ts';
import type { Database } from '../../database/database.ts';
import type { Actor } from '../../http/context.ts';
import type { Implement } from '../../http/endpoint.ts';
import type { Storage } from '../../storage/storage.ts';
import { requireEvent } from '../projects/events.ts';
import { sendFile } from './send.ts';
import { type FileService, type Sending, parseFileRef } from './service.ts';
import { findFile } from './store.ts';
import type { AccessLog } from '../renditions/access.ts';
import type { Renditions } from '../renditions/service.ts';
import { listLineage } from '../renditions/store.ts';
import { namesOf } from '../members/names.ts';
import { createUnderway } from './underway.ts';

const assertMaySend = (role: Role) => {
	if (!can(role, 'create', 'file'))
		throw new AuraError('forbidden', `The role ${role} may not send files.`);
};

export function fileRoutes(
	implement: Implement,
	database: Database,
	storage: Storage,
	files: FileService,
	renditions: Renditions,
	access: AccessLog
): void {
	const underway = createUnderway();
	const refOf = async (who: Actor, params: { event: string; photo: string; kind: string }) => {
		const { photo, kind } = parseFileRef(params.photo, params.kind);
		const event = await requireEvent(database, who, params.event);
		return { ref: { workspace: who.membership.id, event: event.id, photo }, kind };
	};
	/** One request names files of few events: each is looked up once. */
	const sendingOf = (who: Actor): Sending => {
		assertMaySend(who.membership.role);
		const events = new Map<string, Promise<Project>>();
		return {
			workspace: who.membership.id,
			person: who.identity.user.id,
			reach: who.reach,
			eventOf(id) {
				const event = events.get(id) ?? requireEvent(database, who, id);
				events.set(id, event);
				return event;
			}
		};
	};
	implement('POST /api/workspaces/{workspace}/uploads/offer', async ({ who, body }) => {
		const sending = sendingOf(who);
		if (body.isAgain) await underway.cut(`${sending.workspace}/${sending.person}/${body.sender}`);
		return files.offer(sending, body.files);
	});
	implement('PUT /api/workspaces/{workspace}/uploads/chunks', async ({ who, query, body, c }) => {
		const { workspace, person } = sendingOf(who);
		const length = Number(c.req.header('content-length') ?? 0);
		return underway.run(`${workspace}/${person}/${query.sender}`, body, (bytes) =>
			files.receive(workspace, bytes, length)
		);
	});
	implement('POST /api/workspaces/{workspace}/uploads/commit', async ({ who, body }) =>
		files.commit(sendingOf(who), body.files)
	);
	implement(
		'GET /api/workspaces/{workspace}/events/{event}/photos/{photo}/files/{kind}',
		async ({ who, params, c }) => {
			const { ref, kind } = await refOf(who, params);
			const file =
				kind === 'thumb' || kind === 'web'
					? await renditions.find(ref, kind)
					: await database.tenant(ref.workspace, (queries) => findFile(queries, ref, kind));
			if (!file) throw new AuraError('not_found', 'The server does not have this file yet.');
			access.note(ref.workspace, file.asset);
			return sendFile(c, storage, file, `${ref.photo}.${file.path.split('.').pop()}`);
		}
	);
	implement(
		'GET /api/workspaces/{workspace}/events/{event}/photos/{photo}/assets',
		async ({ who, params }) => {
			const { ref } = await refOf(who, { ...params, kind: 'original' });
			const rows = await database.tenant(ref.workspace, (queries) =>
				listLineage(queries, ref.workspace, ref.event, ref.photo)
			);
			const names = await namesOf(
				database,
				ref.workspace,
				rows.flatMap(({ by }) => by ?? [])
			);
			return {
				assets: rows.map((row) => ({
					id: row.id,
					kind: row.kind,
					source: row.source,
					size: row.size,
					format: row.path.split('.').pop()!,
					made: row.cache_key,
					by: row.by === null ? null : { id: row.by, name: names.get(row.by) ?? '' },
					at: row.created_at.toISOString(),
					accesses: row.access_count,
					lastAccess: row.last_accessed_at.toISOString()
				}))
			};
		}
	);
}
