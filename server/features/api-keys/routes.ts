import { AuraError } from '#shared/errors.ts';
import { type Action, can } from '#shared/permissions.ts';
import { closeCodes } from '#sync/relay/protocol.ts';
import type { Database } from '../../database/database.ts';
import type { Actor } from '../../http/context.ts';
import type { Implement } from '../../http/endpoint.ts';
import type { Connections } from '../../relay/connections.ts';
import { doerOf } from '../audit/store.ts';
import { createKey, endKey, rotateKey } from './service.ts';
import { listKeys } from './store.ts';

function assertMay({ membership: { role }, isKey }: Actor, action: Action): void {
	// a key that made keys would outlive its own end
	if (isKey && action !== 'read')
		throw new AuraError('forbidden', 'A key makes, changes and ends no keys.');
	if (!can(role, action, 'api_key'))
		throw new AuraError('forbidden', `The role ${role} may not ${action} keys.`);
}

export function apiKeyRoutes(
	implement: Implement,
	database: Database,
	connections: Connections
): void {
	implement('GET /api/workspaces/{workspace}/api-keys', async ({ who }) => {
		const { id } = who.membership;
		assertMay(who, 'read');
		return { keys: await database.tenant(id, (queries) => listKeys(queries, id)) };
	});
	implement('POST /api/workspaces/{workspace}/api-keys', async ({ who, body, c }) => {
		assertMay(who, 'create');
		c.header('Cache-Control', 'no-store');
		return createKey(database, doerOf(who, c), body);
	});
	implement(
		'POST /api/workspaces/{workspace}/api-keys/{key}/rotate',
		async ({ who, params, c }) => {
			assertMay(who, 'update');
			c.header('Cache-Control', 'no-store');
			return rotateKey(database, doerOf(who, c), params.key);
		}
	);
	implement('DELETE /api/workspaces/{workspace}/api-keys/{key}', async ({ who, params, c }) => {
		assertMay(who, 'delete');
		await endKey(database, doerOf(who, c), params.key);
		connections.end({ user: params.key }, closeCodes.unauthenticated, 'the key was revoked');
		return undefined;
	});
}
