import { AuraError } from '#shared/errors.ts';
import { type Role, can } from '#shared/permissions.ts';
import type { Database } from '../../database/database.ts';
import type { Actor } from '../../http/context.ts';
import type { Implement } from '../../http/endpoint.ts';
import type { Storage } from '../../storage/storage.ts';
import { requireEvent } from '../projects/events.ts';
import { sendFile } from './send.ts';
import { type FileService, parseFileRef } from './service.ts';
import { findFile } from './store.ts';

const assertMaySend = (role: Role) => {
	if (!can(role, 'create', 'file'))
		throw new AuraError('forbidden', `The role ${role} may not send files.`);
};

export function fileRoutes(
	implement: Implement,
	database: Database,
	storage: Storage,
	files: FileService
): void {
	const refOf = async (who: Actor, params: { event: string; photo: string; kind: string }) => {
		const { photo, kind } = parseFileRef(params.photo, params.kind);
		const event = await requireEvent(database, who, params.event);
		return { ref: { workspace: who.membership.id, event: event.id, photo }, kind, event };
	};
	implement(
		'POST /api/workspaces/{workspace}/events/{event}/photos/{photo}/files/{kind}/offer',
		async ({ who, params, body }) => {
			assertMaySend(who.membership.role);
			const { ref, kind } = await refOf(who, params);
			return files.offer(ref, kind, body);
		}
	);
	implement(
		'PUT /api/workspaces/{workspace}/events/{event}/photos/{photo}/files/{kind}/chunks/{index}',
		async ({ who, params, query, body }) => {
			assertMaySend(who.membership.role);
			const { ref } = await refOf(who, params);
			await files.putChunk(ref, query.sha256, params.index, body);
			return undefined;
		}
	);
	implement(
		'POST /api/workspaces/{workspace}/events/{event}/photos/{photo}/files/{kind}/commit',
		async ({ who, params, body }) => {
			assertMaySend(who.membership.role);
			const { ref, kind, event } = await refOf(who, params);
			return files.commit(ref, event, kind, body, who.identity.user.id);
		}
	);
	implement(
		'GET /api/workspaces/{workspace}/events/{event}/photos/{photo}/files/{kind}',
		async ({ who, params, c }) => {
			const { ref, kind } = await refOf(who, params);
			const file = await database.tenant(ref.workspace, (queries) => findFile(queries, ref, kind));
			if (!file) throw new AuraError('not_found', 'The server does not have this file yet.');
			return sendFile(c, storage, file, `${ref.photo}.${file.path.split('.').pop()}`);
		}
	);
}
