import { AuraError } from '#shared/errors.ts';
import { type Config, readConfig } from '../config.ts';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/open.ts';
import { type Connections, createConnections } from '../relay/connections.ts';
import type { Relay } from '#sync/relay/relay.ts';
import { openRelay } from '../relay/open.ts';
import { processesOf } from '../relay/processes.ts';
import { secretKeyOf } from '../secrets.ts';
import type { Doer } from '../features/audit/store.ts';

/** The installation that commands work on: DATABASE_URL, or the embedded database in DATA_DIR. */
export interface Installation {
	config: Config;
	/** Runs with the database open, and closes it. */
	withDatabase<T>(run: (database: Database) => Promise<T>): Promise<T>;
}

export function openInstallation(
	env: NodeJS.ProcessEnv,
	root: string,
	version: string
): Installation {
	const config = readConfig(env, root, version);
	return {
		config,
		async withDatabase(run) {
			const database = await openDatabase(config);
			try {
				return await run(database);
			} finally {
				await database.close();
			}
		}
	};
}

/** A workspace by its address or id, deleted ones too. @throws AuraError not_found */
export async function requireWorkspace(
	database: Database,
	reference: string
): Promise<{ id: string; name: string; slug: string; status: string }> {
	const [row] = await database.query<{ id: string; name: string; slug: string; status: string }>(
		`select id, name, slug, status from workspaces where slug = $1 or id::text = $1`,
		[reference]
	);
	if (!row) throw new AuraError('not_found', `There is no workspace ${reference}.`);
	return row;
}

/** A person by e-mail or id. @throws AuraError not_found */
export async function requireUser(
	database: Database,
	reference: string
): Promise<{ id: string; name: string; email: string }> {
	const [row] = await database.query<{ id: string; name: string; email: string }>(
		`select id, name, email from users where email = lower($1) or id::text = $1`,
		[reference]
	);
	if (!row) throw new AuraError('not_found', `There is nobody with the address ${reference}.`);
	return row;
}

/** The relay on a database that the command line has open: servers beside it hear of its edits a little later. */
export function relayOf(database: Database, config: Config): Promise<Relay> {
	const report = (error: unknown) => console.error(error);
	const processes = processesOf(database, null, report);
	return openRelay({ database, secretKey: secretKeyOf(config), processes, report });
}

/** Whoever has the machine has its keys: the log says that it was the command line. */
export const operator = (workspace: string): Doer => ({
	workspace,
	actor: null,
	address: 'command line'
});

/** Sockets of running servers on the same Postgres: they hear of changed rights at once. */
export const connectionsOf = (database: Database): Connections => {
	const processes = processesOf(database, null, (error) => console.error(error));
	return createConnections((ending) => processes.tell({ ending }));
};
