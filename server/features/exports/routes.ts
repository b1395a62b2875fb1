import { AuraError } from '#shared/errors.ts';
import { can } from '#shared/permissions.ts';
import type { Database } from '../../database/database.ts';
import type { Actor } from '../../http/context.ts';
import type { Implement } from '../../http/endpoint.ts';
import type { Storage } from '../../storage/storage.ts';
import { doerOf, record } from '../audit/store.ts';
import { sendFile } from '../files/send.ts';
import type { Exports } from './service.ts';

function assertMay({ membership: { role } }: Actor): void {
	if (!can(role, 'export', 'workspace'))
		throw new AuraError('forbidden', `The role ${role} may not take the workspace away.`);
}

export function exportRoutes(
	implement: Implement,
	database: Database,
	storage: Storage,
	exports: Exports
): void {
	implement('GET /api/workspaces/{workspace}/exports', async ({ who }) => {
		assertMay(who);
		return { exports: await exports.list(who.membership.id) };
	});
	implement('POST /api/workspaces/{workspace}/exports', async ({ who, body, c }) => {
		assertMay(who);
		const { id, name } = who.membership;
		const begun = await exports.begin(id, who.identity.user.id, body.hasFaces);
		await database.tenant(id, (queries) =>
			record(queries, doerOf(who, c), {
				action: 'workspace.export',
				subject: name,
				after: { faces: body.hasFaces }
			})
		);
		return begun;
	});
	implement('GET /api/workspaces/{workspace}/exports/{export}/file', async ({ who, params, c }) => {
		assertMay(who);
		const { id, slug } = who.membership;
		const { path, sha256, size, createdAt } = await exports.find(id, params.export);
		const file = { asset: params.export, kind: 'original' as const, faces: null };
		const name = `${slug}-${createdAt.slice(0, 10)}.zip`;
		return sendFile(c, storage, { ...file, path, sha256: sha256!, size: size! }, name);
	});
}
