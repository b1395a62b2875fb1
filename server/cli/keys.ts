import type { Command } from 'commander';
import { type ApiKey, newApiKeySchema } from '#shared/api-keys.ts';
import { createKey, endKey } from '../features/api-keys/service.ts';
import { listKeys } from '../features/api-keys/store.ts';
import { closeCodes } from '#sync/relay/protocol.ts';
import { type Installation, connectionsOf, operator, requireWorkspace } from './installation.ts';
import type { Tell } from './output.ts';
import { type Remote, baseOf } from './remote.ts';

export function keyCommands(
	program: Command,
	at: () => Installation,
	remote: () => Remote | null,
	tell: Tell
): void {
	const key = program.command('api-key').description('Keys for programs of a workspace');
	key
		.command('create <workspace> <name> <scope>')
		.description('make one (scope: read, import, edit or manage); prints its secret this once')
		.option('--days <days>', 'days until it expires', Number)
		.action((reference: string, name: string, scope: string, { days }: { days?: number }) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const given = newApiKeySchema.parse({
						name,
						scope,
						...(days === undefined ? {} : { days })
					});
					const { id } = await requireWorkspace(database, reference);
					return createKey(database, operator(id), given);
				})
			)
		);
	key
		.command('list <workspace>')
		.description('those in force, without their secrets')
		.action((reference: string) =>
			tell(async () => {
				const server = remote();
				if (server) {
					const path = `${baseOf(reference)}/api-keys`;
					return (await server.ask<{ keys: ApiKey[] }>('GET', path)).keys.map((each) => ({
						...each
					}));
				}
				return at().withDatabase(async (database) => {
					const { id } = await requireWorkspace(database, reference);
					const keys = await database.tenant(id, (queries) => listKeys(queries, id));
					return keys.map((each) => ({ ...each }));
				});
			})
		);
	key
		.command('revoke <workspace> <id>')
		.description('end one at once')
		.action((reference: string, keyId: string) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const { id } = await requireWorkspace(database, reference);
					await endKey(database, operator(id), keyId);
					connectionsOf(database).end(
						{ user: keyId },
						closeCodes.unauthenticated,
						'the key was revoked'
					);
					return 'Revoked.';
				})
			)
		);
}
