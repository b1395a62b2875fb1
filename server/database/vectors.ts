// Vectors of faces: pgvector's type. Where a foreign Postgres has no pgvector, or this server may not install it, arrays
// stand in for it, with the one operator that is used: searches find the same, by comparing all.
import type { Database, Queries } from './database.ts';

/** The line of the first migration that needs pgvector. */
const EXTENSION = 'create extension if not exists vector;';

const ARRAYS = `
create domain vector as real[];
create function vector_distance(a real[], b real[]) returns double precision language sql immutable strict parallel safe
	as $$ select sqrt(sum((x - y)::double precision * (x - y))) from unnest(a, b) as t(x, y) $$;
create operator <-> (leftarg = real[], rightarg = real[], function = vector_distance, commutator = <->);
`;

/** What somebody runs in the database whose role may install it, where this server's may not. */
export const HAND_OVER = `alter domain vector rename to vector_array; create extension vector;`;
/** Every column is rewritten: in one transaction, so that a crash leaves the arrays. */
const TO_EXTENSION = `
do $$
declare
	c record;
begin
	for c in select table_name, column_name from information_schema.columns
		where table_schema = 'public' and domain_name = 'vector_array' loop
		execute format('alter table %I alter column %I type vector using %I::real[]::vector', c.table_name, c.column_name, c.column_name);
	end loop;
	drop operator <-> (real[], real[]);
	drop function vector_distance(real[], real[]);
	drop domain vector_array;
end $$;
`;

/** The extension is not on that machine, or this role may not install it. */
const isRefused = (error: unknown): boolean =>
	['0A000', '58P01', '42501'].includes((error as { code?: string } | null)?.code ?? '');

const tryTo = (database: Database, sql: string): Promise<boolean> =>
	database.script(sql).then(
		() => true,
		(error: unknown) => {
			if (isRefused(error)) return false;
			throw error;
		}
	);

export type Vectors = 'pgvector' | 'arrays';

/** How vectors are kept in a database that is at this version's schema. */
export async function vectorsOf(queries: Queries): Promise<Vectors> {
	const [row] = await queries.query<{ kind: string }>(
		`select typtype as kind from pg_type where oid = 'vector'::regtype`
	);
	return row!.kind === 'd' ? 'arrays' : 'pgvector';
}

/**
 * Sees to it that there is a type for vectors, before the first migration; arrays become pgvector's as soon as it can be had.
 * @returns what a migration is before it is carried out here
 */
export async function prepareVectors(database: Database): Promise<(migration: string) => string> {
	const read = async () => {
		const [row] = await database.query<{ type: string | null; old: string | null }>(
			`select to_regtype('vector')::text as type, to_regtype('vector_array')::text as old`
		);
		return row!;
	};
	const { type } = await read();
	if (type === null) {
		if (!(await tryTo(database, EXTENSION))) await database.script(ARRAYS);
	} else if ((await vectorsOf(database)) === 'arrays') await tryTo(database, HAND_OVER);
	// also where somebody else has handed it over
	if ((await read()).old !== null) await database.script(TO_EXTENSION);
	const vectors = await vectorsOf(database);
	return (sql) => (vectors === 'arrays' ? sql.replace(EXTENSION, '') : sql);
}

/** A vector as text, '[1,2]', whatever it is kept as. @param expression of type vector */
export const vectorText = (expression: string): string =>
	`translate(${expression}::text, '{}', '[]')`;
/** @param text an expression: '[1,2]' */
export const toVector = (text: string): string => `translate(${text}, '[]', '{}')::real[]::vector`;
