import postgres from 'postgres';
import { type Database, type Parameter, type Queries, becomeTenant } from './database.ts';

/** Any fixed number: all Aura processes of a database agree on it. */
const MIGRATION_LOCK = 727_366_001;

const queriesOf = (sql: postgres.Sql | postgres.TransactionSql): Queries => ({
	async query<Row extends object>(text: string, parameters: Parameter[] = []) {
		return (await sql.unsafe(text, parameters as never[], { prepare: true })) as unknown as Row[];
	}
});

/**
 * @throws Error when the database does not keep what it says it has stored: 'saved' would not be true
 */
export async function assertDurable(database: Database): Promise<void> {
	const [row] = await database.query<Record<string, string>>(
		`select current_setting('synchronous_commit') as synchronous_commit, current_setting('fsync') as fsync,
		 	current_setting('full_page_writes') as full_page_writes`
	);
	for (const [name, value] of Object.entries(row!))
		if (value === 'off')
			throw new Error(
				`Postgres has ${name} = ${value}. People are told that their work is saved when it is stored: set ${name} = on.`
			);
}

/** Connects to Postgres. @param url postgres://user:password@host:port/database */
export function openPostgres(url: string): Database {
	const sql = postgres(url, {
		max: 10,
		onnotice: () => {},
		types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } }
	});
	const transaction: Database['transaction'] = (run) =>
		sql.begin((tx) => run(queriesOf(tx))) as Promise<never>;
	return {
		kind: 'postgres',
		...queriesOf(sql),
		transaction,
		tenant: (workspaceId, run) =>
			transaction(async (queries) => {
				// one connection answers in order: what follows is sent without waiting, and fails with the whole
				// transaction should this one fail
				const [, answer] = await Promise.all([becomeTenant(queries, workspaceId), run(queries)]);
				return answer;
			}),
		async script(text) {
			// several statements in one simple query are one transaction
			await sql.unsafe(text).simple();
		},
		async exclusively(run) {
			const held = await sql.reserve();
			try {
				await held`select pg_advisory_lock(${MIGRATION_LOCK})`;
				return await run();
			} finally {
				await held`select pg_advisory_unlock(${MIGRATION_LOCK})`;
				held.release();
			}
		},
		async notify(channel, payload) {
			await sql.notify(channel, payload);
		},
		async listen(channel, hear) {
			await sql.listen(channel, hear);
		},
		close: () => sql.end({ timeout: 5 })
	};
}
