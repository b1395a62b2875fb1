/** A value that a statement is given. Objects go in as JSON text with a cast in the statement. */
export type Parameter =
	string | number | bigint | boolean | null | Date | Uint8Array | string[] | number[];

/** Runs parameterised statements; rows come back as plain objects. */
export interface Queries {
	query<Row extends object>(sql: string, parameters?: Parameter[]): Promise<Row[]>;
}

/** The database behind both editions: PGlite in DATA_DIR, or Postgres. */
export interface Database extends Queries {
	readonly kind: 'embedded' | 'postgres';
	/** All statements of `run` or none. */
	transaction<T>(run: (queries: Queries) => Promise<T>): Promise<T>;
	/**
	 * A transaction that sees one workspace's rows only: as the role aura_tenant, which row-level
	 * security binds, with app.workspace_id set.
	 */
	tenant<T>(workspaceId: string, run: (queries: Queries) => Promise<T>): Promise<T>;
	/** Runs a script of several statements, all or none, for migrations. */
	script(sql: string): Promise<void>;
	/** Runs while no other process does, for migrations. */
	exclusively<T>(run: () => Promise<T>): Promise<T>;
	/** Tells all processes on this database; the embedded one has no other. */
	notify(channel: string, payload: string): Promise<void>;
	/** Hears what is told on a channel, by this process too. */
	listen(channel: string, hear: (payload: string) => void): Promise<void>;
	/** Whether an exception that nobody caught was the driver's, and is mended: the process need not end for it. */
	survives?(error: unknown): boolean;
	close(): Promise<void>;
}

/** What asks and stores, wherever the database itself is open. */
export type DataAccess = Pick<Database, 'kind' | 'query' | 'transaction' | 'tenant'>;

/** Makes a transaction a tenant's. */
export async function becomeTenant(queries: Queries, workspaceId: string): Promise<void> {
	await queries.query(
		`select set_config('app.workspace_id', $1, true), set_config('role', 'aura_tenant', true)`,
		[workspaceId]
	);
}

/** `tenant` of a database whose connections answer in order. */
export const pipelinedTenant =
	(transaction: Database['transaction']): Database['tenant'] =>
	(workspaceId, run) =>
		transaction(async (queries) => {
			// what follows is sent without waiting, and fails with the whole transaction should the first one fail
			const [, answer] = await Promise.all([becomeTenant(queries, workspaceId), run(queries)]);
			return answer;
		});

/** Codes of failures that end when the database is there again. */
const away = new Set([
	...['ECONNREFUSED', 'ECONNRESET', 'CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECT_TIMEOUT'],
	// it is shutting down, has crashed, or is starting
	...['57P01', '57P02', '57P03']
]);
/** Whether a failure means that the database is not there at the moment. */
export const isUnreachable = (error: unknown): boolean =>
	away.has((error as { code?: string } | null)?.code ?? '');
