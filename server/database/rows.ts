// Tables as texts: what a row says is the same on the embedded database and on Postgres.
import type { Database, Queries } from './database.ts';
import { toVector, vectorText } from './vectors.ts';

export interface Column {
	name: string;
	type: string;
	isIdentity: boolean;
}

/** Tables in an order in which each comes after those that it refers to. */
export async function tablesInOrder(queries: Queries): Promise<string[]> {
	const tables = await queries.query<{ name: string }>(
		`select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'migrations' order by 1`
	);
	const references = await queries.query<{ child: string; parent: string }>(
		`select distinct conrelid::regclass::text as child, confrelid::regclass::text as parent
		 from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`
	);
	const waiting = new Set(tables.map(({ name }) => name));
	const ordered: string[] = [];
	while (waiting.size > 0) {
		const free = [...waiting].filter((table) =>
			references.every(
				({ child, parent }) => child !== table || parent === table || !waiting.has(parent)
			)
		);
		if (free.length === 0) throw new Error('The tables refer to each other in a circle.');
		for (const table of free) {
			ordered.push(table);
			waiting.delete(table);
		}
	}
	return ordered;
}

export const columnsOf = (queries: Queries, table: string): Promise<Column[]> =>
	queries.query<Column>(
		`select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attidentity <> '' as "isIdentity"
		 from pg_attribute a where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`,
		[table]
	);

export const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** Every value as text, so that both databases are asked for, and given, exactly the same. */
export const asText = ({ name, type }: Pick<Column, 'name' | 'type'>) =>
	type === 'bytea'
		? `encode(${quote(name)}, 'hex')`
		: type === 'vector'
			? vectorText(quote(name))
			: `${quote(name)}::text`;
/** @param text an expression of type text */
export const fromText = ({ type }: Pick<Column, 'type'>, text: string) =>
	type === 'bytea'
		? `decode(${text}, 'hex')`
		: type === 'vector'
			? toVector(text)
			: `${text}::${type}`;

/** Times are said in UTC, for the rest of a transaction. */
export const inUtc = (queries: Queries) =>
	queries.query(`select set_config('timezone', 'UTC', true)`);

/** Runs with all rows of a table open to be written, whatever row-level security says, and without its triggers. */
export async function unguarded<T>(
	queries: Queries,
	table: string,
	run: () => Promise<T>
): Promise<T> {
	const [row] = await queries.query<{ forced: boolean }>(
		`select relforcerowsecurity as forced from pg_class where oid = $1::regclass`,
		[table]
	);
	const force = (how: 'no force' | 'force') =>
		queries.query(`alter table ${quote(table)} ${how} row level security`);
	const triggers = (how: 'disable' | 'enable') =>
		queries.query(`alter table ${quote(table)} ${how} trigger user`);
	if (row!.forced) await force('no force');
	// what they keep up is copied too
	await triggers('disable');
	const answer = await run();
	await triggers('enable');
	if (row!.forced) await force('force');
	return answer;
}

/** Numbers that are given by the database go on after the last one. */
export async function advanceIdentities(
	queries: Queries,
	table: string,
	columns: readonly Column[]
): Promise<void> {
	for (const { name } of columns.filter(({ isIdentity }) => isIdentity))
		await queries.query(
			`select setval(pg_get_serial_sequence($1, $2), greatest((select coalesce(max(${quote(name)}), 0) from ${quote(table)}), 1))`,
			[table, name]
		);
}

/**
 * A transaction that sees and writes all rows of a table, also behind row-level security. Killed in the middle it leaves
 * the table as it was, security and all.
 */
export const openly = <T>(
	database: Database,
	table: string,
	run: (queries: Queries) => Promise<T>
): Promise<T> =>
	database.transaction(async (queries) => {
		await inUtc(queries);
		return unguarded(queries, table, () => run(queries));
	});
