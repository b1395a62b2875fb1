// What is left of a guest's face on a server: in every row of its database and every file of its folder.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestServer } from './server.ts';

/** Numbers of an embedding in a row, or as texts in one place, that are no accident. */
const RUN = 8;

/**
 * @param picture as it was sent
 * @returns whether there is something of the picture, or of the embedding as text or bytes. @throws Error where it would miss one
 */
async function makeJudge(
	server: TestServer,
	picture: Buffer,
	embedding: Float32Array
): Promise<(bytes: Buffer) => boolean> {
	const base64 = picture.toString('base64');
	const needles = [picture.subarray(200, 264), Buffer.from(base64.slice(400, 464))];
	for (let at = 0; at + RUN <= embedding.length; at += RUN) {
		const some = embedding.slice(at, at + RUN);
		needles.push(Buffer.from(some.buffer, some.byteOffset, some.byteLength));
	}
	// a number as text is as long as whoever wrote it thought right: its beginning is the same
	const numbers = [...embedding].map((value) => String(value).slice(0, 8));
	const isTrace = (bytes: Buffer) =>
		needles.some((needle) => bytes.includes(needle)) ||
		numbers.filter((number) => bytes.includes(number)).length >= RUN;
	const [planted] = await server.database.query<{ text: string }>(
		`select $1::text::vector::text as text`,
		[`[${[...embedding].join(',')}]`]
	);
	const bytes = Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength);
	for (const each of [planted!.text, JSON.stringify([...embedding]), base64])
		if (!isTrace(Buffer.from(each))) throw new Error('a trace as text would not be seen');
	for (const each of [picture, bytes])
		if (!isTrace(each)) throw new Error('a trace as bytes would not be seen');
	return isTrace;
}

/** @returns where something of the face is, and how many rows and files were looked at */
export async function tracesOf(
	server: TestServer,
	workspace: string,
	picture: Buffer,
	embedding: Float32Array
): Promise<{ traces: string[]; rows: number; files: number }> {
	const isTrace = await makeJudge(server, picture, embedding);
	const traces: string[] = [];
	let [rows, files] = [0, 0];
	const tables = await server.database.query<{ name: string }>(
		`select quote_ident(tablename) as name from pg_tables where schemaname = current_schema() and tablename <> 'migrations'`
	);
	for (const { name } of tables) {
		const sql = `select to_jsonb(t)::text as row from ${name} t`;
		const found = await server.database
			.tenant(workspace, (queries) => queries.query<{ row: string }>(sql))
			// what belongs to no studio is read outside of all
			.catch(() => server.database.query<{ row: string }>(sql));
		rows += found.length;
		if (found.some(({ row }) => isTrace(Buffer.from(row)))) traces.push(name);
	}
	for (const file of readdirSync(server.dataDir, { recursive: true, withFileTypes: true })) {
		if (!file.isFile()) continue;
		files++;
		if (isTrace(readFileSync(join(file.parentPath, file.name)))) traces.push(file.name);
	}
	if (isTrace(Buffer.from(server.reports.map(String).join('\n')))) traces.push('reports');
	return { traces, rows, files };
}
