import { PGlite, type Transaction } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { join } from 'node:path';
import { type Database, type Parameter, type Queries, becomeTenant } from './database.ts';
import { lockFolder } from './folder-lock.ts';

const queriesOf = (source: Pick<PGlite, 'query'> | Transaction): Queries => ({
	async query<Row extends object>(sql: string, parameters: Parameter[] = []) {
		return (await source.query<Row>(sql, parameters)).rows;
	}
});

/** Opens the embedded database in a folder, which no other process may use meanwhile. */
export async function openPglite(folder: string): Promise<Database> {
	const unlock = lockFolder(folder);
	const pg = await PGlite.create({ dataDir: join(folder, 'database'), extensions: { vector } });
	const transaction: Database['transaction'] = (run) => pg.transaction((tx) => run(queriesOf(tx)));
	return {
		kind: 'embedded',
		...queriesOf(pg),
		transaction,
		tenant: (workspaceId, run) =>
			transaction(async (queries) => {
				await becomeTenant(queries, workspaceId);
				return run(queries);
			}),
		async script(sql) {
			await pg.transaction((tx) => tx.exec(sql));
		},
		exclusively: (run) => run(),
		notify: () => Promise.resolve(),
		listen: () => Promise.resolve(),
		async close() {
			await pg.close();
			unlock();
		}
	};
}
