// Moves an embedded installation to Postgres: every row of every table, counted and compared by checksums. It can be
// run again: what is there already is kept, and the end is the same.
import { createHash } from 'node:crypto';
import type { Database, Parameter, Queries } from './database.ts';
import {
	type Column,
	advanceIdentities,
	asText,
	columnsOf,
	fromText,
	openly,
	quote,
	tablesInOrder
} from './rows.ts';

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
	const values = columns.map((column, at) => fromText(column, `$${at + 1}::text`)).join(', ');
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
	await openly(to, table, (queries) => advanceIdentities(queries, table, columns));
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
