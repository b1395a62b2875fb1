// Moves an embedded installation to Postgres: every row of every table, counted and compared by checksums. It can be
// run again: what is there already is kept, and the end is the same.
import { createHash } from 'node:crypto';
import type { Database, Parameter, Queries } from './database.ts';

/** Rows of one insert. */
const BATCH = 500;

export interface TableReport {
	table: string;
	/** rows in the source, and now in the target */
	rows: number;
	/** rows that were copied in this run */
	copied: number;
	/** SHA-256 over all rows, the same on both sides */
	checksum: string;
}

interface Column {
	name: string;
	type: string;
	isIdentity: boolean;
}

/** Tables in an order in which each comes after those that it refers to. */
async function tablesInOrder(database: Database): Promise<string[]> {
	const tables = await database.query<{ name: string }>(
		`select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'migrations' order by 1`
	);
	const references = await database.query<{ child: string; parent: string }>(
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

const columnsOf = (database: Database, table: string): Promise<Column[]> =>
	database.query<Column>(
		`select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attidentity <> '' as "isIdentity"
		 from pg_attribute a where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`,
		[table]
	);

async function keyOf(database: Database, table: string): Promise<string[]> {
	const rows = await database.query<{ name: string }>(
		`select a.attname as name from pg_index i cross join unnest(i.indkey::int[]) with ordinality k(num, place)
		 join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.num
		 where i.indrelid = $1::regclass and i.indisprimary order by k.place`,
		[table]
	);
	if (rows.length === 0) throw new Error(`${table} has no primary key.`);
	return rows.map(({ name }) => name);
}

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

/**
 * A transaction that sees and writes all rows of a table, also behind row-level security, and says times in UTC. Killed
 * in the middle it leaves the table as it was, security and all.
 */
const openly = <T>(
	database: Database,
	table: string,
	run: (queries: Queries) => Promise<T>
): Promise<T> =>
	database.transaction(async (queries) => {
		await queries.query(`select set_config('timezone', 'UTC', true)`);
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
		const answer = await run(queries);
		await triggers('enable');
		if (row!.forced) await force('force');
		return answer;
	});

/** Every value as text, so that both databases are asked for, and given, exactly the same. */
const asText = ({ name, type }: Column) =>
	type === 'bytea' ? `encode(${quote(name)}, 'hex')` : `${quote(name)}::text`;
const fromText = ({ type }: Column, at: number) =>
	type === 'bytea' ? `decode($${at}::text, 'hex')` : `$${at}::text::${type}`;

/**
 * Pages through a table in the order of its key.
 * @returns rows of texts, in the order of the columns, with the texts of the key at the end
 */
async function* pages(
	queries: Queries,
	table: string,
	columns: Column[],
	key: string[]
): AsyncGenerator<(string | null)[][]> {
	const names = columns.map((column, at) => `${asText(column)} as c${at}`);
	const keyColumns = key.map((name) => columns.find((column) => column.name === name)!);
	// the C collation orders texts the same on both sides
	const order = keyColumns.map((column) => `${asText(column)} collate "C"`);
	let after: (string | null)[] | null = null;
	for (;;) {
		const where: string = after
			? `where (${order.join(', ')}) > (${after.map((_, at) => `$${at + 1}::text`).join(', ')})`
			: '';
		const rows: Record<string, string | null>[] = await queries.query(
			`select ${names.join(', ')} from ${quote(table)} ${where} order by ${order.join(', ')} limit ${BATCH}`,
			(after ?? []) as Parameter[]
		);
		if (rows.length === 0) return;
		yield rows.map((row) => columns.map((_, at) => row[`c${at}`] ?? null));
		const last: Record<string, string | null> = rows[rows.length - 1]!;
		after = keyColumns.map((column) => last[`c${columns.indexOf(column)}`] ?? null);
	}
}

async function checksumOf(
	queries: Queries,
	table: string,
	columns: Column[],
	key: string[]
): Promise<{ rows: number; checksum: string }> {
	const hash = createHash('sha256');
	let rows = 0;
	for await (const page of pages(queries, table, columns, key))
		for (const row of page) {
			rows++;
			hash.update(JSON.stringify(row));
		}
	return { rows, checksum: hash.digest('hex') };
}

async function copyTable(from: Database, to: Database, table: string): Promise<TableReport> {
	const columns = await columnsOf(from, table);
	const key = await keyOf(from, table);
	const names = columns.map(({ name }) => quote(name)).join(', ');
	let copied = 0;
	const values = columns.map((column, at) => fromText(column, at + 1)).join(', ');
	await openly(from, table, async (source) => {
		for await (const page of pages(source, table, columns, key))
			await openly(to, table, async (target) => {
				for (const row of page) {
					const made = await target.query(
						`insert into ${quote(table)} (${names}) overriding system value values (${values})
						 on conflict do nothing returning 1 as made`,
						row
					);
					copied += made.length;
				}
			});
	});
	for (const { name } of columns.filter(({ isIdentity }) => isIdentity))
		await openly(to, table, (target) =>
			target.query(
				`select setval(pg_get_serial_sequence($1, $2), greatest((select coalesce(max(${quote(name)}), 0) from ${quote(table)}), 1))`,
				[table, name]
			)
		);
	const [source, target] = [
		await openly(from, table, (queries) => checksumOf(queries, table, columns, key)),
		await openly(to, table, (queries) => checksumOf(queries, table, columns, key))
	];
	if (source.rows !== target.rows || source.checksum !== target.checksum)
		throw new Error(
			`${table} is not the same on both sides: ${source.rows} rows here, ${target.rows} there. ` +
				`Was the target used meanwhile? Copy into an empty database.`
		);
	return { table, rows: source.rows, copied, checksum: source.checksum };
}

/**
 * Copies everything. Both databases are at this version's schema.
 * @param onTable told of each table when it is done
 * @throws Error when the target holds somebody else's installation, or a table is not the same afterwards
 */
export async function copyDatabase(
	from: Database,
	to: Database,
	onTable: (report: TableReport) => void = () => {}
): Promise<TableReport[]> {
	const foreign = await to.query<{ id: string }>(`select id::text as id from users`);
	const known = new Set(
		(await from.query<{ id: string }>(`select id::text as id from users`)).map(({ id }) => id)
	);
	if (foreign.some(({ id }) => !known.has(id)))
		throw new Error(
			'The target holds people of another installation. Copy into an empty database.'
		);
	// it stays the same life of the same installation
	const [life] = await from.query<{ epoch: string }>(`select epoch::text from installation`);
	await to.query(`delete from installation where epoch <> $1::uuid`, [life!.epoch]);
	const reports: TableReport[] = [];
	for (const table of await tablesInOrder(from)) {
		const report = await copyTable(from, to, table);
		onTable(report);
		reports.push(report);
	}
	return reports;
}
