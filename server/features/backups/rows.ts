// Rows of all tables as texts, read in one snapshot and written in one transaction, on either database.
import { createHash } from 'node:crypto';
import { type Queries, becomeTenant } from '../../database/database.ts';
import {
	type Column,
	advanceIdentities,
	asText,
	columnsOf,
	fromText,
	quote,
	unguarded
} from '../../database/rows.ts';

export type Row = (string | null)[];

/** What is under way, and is begun anew after a restore: its bytes are not in a backup. */
export const leftOut: ReadonlySet<string> = new Set([
	'uploads',
	'staged_chunks',
	'exports',
	'rate_limits',
	'next_sidecars',
	'next_faces'
]);

/** Counts rows and adds up their hashes: equal for equal rows, in whatever order. */
export interface Tally {
	add(line: string): void;
	result(): { rows: number; digest: string };
}
export function createTally(): Tally {
	let rows = 0;
	let sum = 0n;
	return {
		add(line) {
			rows++;
			sum += createHash('sha256').update(line).digest().readBigUInt64BE();
		},
		result: () => ({ rows, digest: BigInt.asUintN(64, sum).toString(16).padStart(16, '0') })
	};
}

/** Rows of one trip to the database: some are pictures and whole documents. */
const batchOf = (columns: readonly Column[]) =>
	columns.some(({ type }) => type === 'bytea') ? 50 : 1_000;

let cursors = 0;

/** Every row of a table that the role of this transaction sees. */
async function* rowsSeen(
	queries: Queries,
	table: string,
	columns: readonly Column[]
): AsyncGenerator<Row> {
	const cursor = `rows_${++cursors}`;
	const values = columns.map((column, at) => `${asText(column)} as c${at}`).join(', ');
	await queries.query(
		`declare ${cursor} no scroll cursor for select ${values} from ${quote(table)}`
	);
	const batch = batchOf(columns);
	for (;;) {
		const rows = await queries.query<Record<string, string | null>>(
			`fetch ${batch} from ${cursor}`
		);
		for (const row of rows) yield columns.map((_, at) => row[`c${at}`] ?? null);
		if (rows.length < batch) break;
	}
	await queries.query(`close ${cursor}`);
}

/**
 * Every row of a table, of all workspaces. Row-level security stays as it is: what belongs to workspaces is read in the
 * name of each of them.
 */
export async function* readRows(
	queries: Queries,
	table: string,
	columns: readonly Column[],
	workspaces: readonly string[]
): AsyncGenerator<Row> {
	const [guard] = await queries.query<{ guarded: boolean; readable: boolean }>(
		`select relrowsecurity as guarded, has_table_privilege('aura_tenant', oid, 'select') as readable
		 from pg_class where oid = $1::regclass`,
		[table]
	);
	if (!guard!.guarded) {
		yield* rowsSeen(queries, table, columns);
		return;
	}
	if (!guard!.readable) throw new Error(`A tenant may not read ${table}: it cannot be backed up.`);
	for (const workspace of workspaces) {
		await becomeTenant(queries, workspace);
		yield* rowsSeen(queries, table, columns);
		await queries.query(`select set_config('role', 'none', true)`);
	}
}

/** Bytes of one insert, about. */
const INSERT_BYTES = 4 * 1024 ** 2;
const INSERT_ROWS = 1_000;

/**
 * Writes rows into an empty table, and reads them again.
 * @param names columns of the rows, in their order
 * @returns what is in the table then
 */
export async function writeRows(
	queries: Queries,
	table: string,
	names: readonly string[],
	lines: AsyncIterable<string>
): Promise<ReturnType<Tally['result']>> {
	const known = await columnsOf(queries, table);
	const columns = names.map((name) => {
		const column = known.find((each) => each.name === name);
		if (!column) throw new Error(`${table} has no column ${name}.`);
		return column;
	});
	const list = names.map(quote).join(', ');
	const values = columns.map((column, at) => fromText(column, `(r.value ->> ${at})`)).join(', ');
	const insert = async (batch: readonly string[]) => {
		if (batch.length === 0) return;
		await queries.query(
			`insert into ${quote(table)} (${list}) overriding system value
			 select ${values} from jsonb_array_elements($1::text::jsonb) r`,
			[`[${batch.join(',')}]`]
		);
	};
	return unguarded(queries, table, async () => {
		await queries.query(`delete from ${quote(table)}`);
		let batch: string[] = [];
		let bytes = 0;
		for await (const line of lines) {
			batch.push(line);
			bytes += line.length;
			if (bytes < INSERT_BYTES && batch.length < INSERT_ROWS) continue;
			await insert(batch);
			batch = [];
			bytes = 0;
		}
		await insert(batch);
		await advanceIdentities(queries, table, columns);
		const tally = createTally();
		for await (const row of rowsSeen(queries, table, columns)) tally.add(JSON.stringify(row));
		return tally.result();
	});
}
