import type { Config } from '../config.ts';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { openPglite } from './pglite.ts';
import { assertDurable, openPostgres } from './postgres.ts';

/** Opens the database that the configuration names, whatever it holds. */
export const openBare = ({ databaseUrl, dataDir }: Config): Promise<Database> =>
	databaseUrl ? Promise.resolve(openPostgres(databaseUrl)) : openPglite(dataDir);

/** Opens the database that the configuration names, at this version's schema. */
export async function openDatabase(config: Config): Promise<Database> {
	const database = await openBare(config);
	try {
		await assertDurable(database);
		await migrate(database);
		return database;
	} catch (error) {
		await database.close();
		throw error;
	}
}
