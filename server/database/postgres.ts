import postgres from 'postgres';
import { type Database, type Parameter, type Queries, pipelinedTenant } from './database.ts';

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

const connect = (url: string): postgres.Sql =>
	postgres(url, {
		max: 10,
		onnotice: () => {},
		types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } }
	}) as unknown as postgres.Sql;

/**
 * Whether something that nobody caught comes from postgres.js (3.4.9, connection.js, nextWrite): a connection that ended
 * writes once more, later and outside of any promise, to the socket that it has no more.
 */
const isDriverFault = (error: unknown): boolean =>
	error instanceof TypeError && /postgres[\\/]\S*connection\.js/.test(error.stack ?? '');

/** ms after such a fault, and after a failure to listen */
const MEND_MS = 500;

/** Connects to Postgres. @param url postgres://user:password@host:port/database */
export function openPostgres(url: string): Database {
	let sql = connect(url);
	let isClosed = false;
	let mending: NodeJS.Timeout | null = null;
	const heard: [channel: string, hear: (payload: string) => void][] = [];
	/** A connection that failed so keeps half a message and is of no use any more: all begin anew. */
	const mend = () => {
		mending = null;
		if (isClosed) return;
		const old = sql;
		sql = connect(url);
		for (const each of heard) listenUntilHeard(sql, ...each);
		void old.end({ timeout: 0 }).catch(() => undefined);
	};
	const listenUntilHeard = (on: postgres.Sql, channel: string, hear: (payload: string) => void) => {
		on.listen(channel, hear).catch(() => {
			if (on === sql && !isClosed)
				setTimeout(() => listenUntilHeard(on, channel, hear), MEND_MS).unref();
		});
	};
	const transaction: Database['transaction'] = (run) =>
		sql.begin((tx) => run(queriesOf(tx))) as Promise<never>;
	return {
		kind: 'postgres',
		query: (...asked) => queriesOf(sql).query(...asked),
		transaction,
		tenant: pipelinedTenant(transaction),
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
			heard.push([channel, hear]);
		},
		survives(error) {
			if (!isDriverFault(error)) return false;
			mending ??= setTimeout(mend, MEND_MS);
			return true;
		},
		async close() {
			isClosed = true;
			if (mending) clearTimeout(mending);
			await sql.end({ timeout: 5 });
		}
	};
}
