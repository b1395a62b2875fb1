import postgres from 'postgres';
import { type Database, type Parameter, type Queries, becomeTenant } from './database.ts';

/** Any fixed number: all Aura processes of a database agree on it. */
const MIGRATION_LOCK = 727_366_001;

const queriesOf = (sql: postgres.Sql | postgres.TransactionSql): Queries => ({
	async query<Row extends object>(text: string, parameters: Parameter[] = []) {
		return (await sql.unsafe(text, parameters as never[], { prepare: true })) as unknown as Row[];
	}
});

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
