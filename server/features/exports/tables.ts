import type { Queries } from '../../database/database.ts';

/** How many rows are read and written at a time. */
const PAGE = 1_000;

/**
 * Tables that go with a workspace, in an order in which each comes after those that it refers to. Not among them: what is
 * made again (counts, appearances, samples of pieces), what is under way (uploads), what belongs to this installation (keys, sessions,
 * the log behind the documents), and what is gone soon.
 */
export const exportedTables = [
	{ name: 'teams', key: 'id' },
	{ name: 'team_members', key: 'team_id, user_id' },
	{ name: 'projects', key: 'id' },
	{ name: 'camera_clocks', key: 'event_id, camera' },
	{ name: 'photos', key: 'event_id, id' },
	{ name: 'photo_marks', key: 'event_id, photo_id, field' },
	{ name: 'assets', key: 'id' },
	{ name: 'photo_files', key: 'event_id, photo_id, kind' },
	{ name: 'faces', key: 'event_id, photo_id, face' },
	{ name: 'people', key: 'id' },
	{ name: 'face_decisions', key: 'event_id, key' },
	{ name: 'forgotten_faces', key: 'event_id, photo_id, x, y' },
	{ name: 'trashed', key: 'project_id, photo_id' },
	{ name: 'temporary_photos', key: 'event_id, photo_id' },
	{ name: 'approvals', key: 'event_id, photo_id' },
	{ name: 'guest_consents', key: 'event_id, day, language, version' },
	{ name: 'forget_requests', key: 'id' },
	{ name: 'assignments', key: 'id' },
	{ name: 'costs', key: 'id' },
	{ name: 'document_clients', key: 'document, client_id' },
	{ name: 'audit_log', key: 'id' }
] as const;
export type ExportedTable = (typeof exportedTables)[number];

/** Rows of a table as JSON texts, without the workspace's id. @param run opens the tenant's transaction of one page */
export async function* readTable(
	run: <T>(read: (queries: Queries) => Promise<T>) => Promise<T>,
	workspace: string,
	{ name, key }: ExportedTable
): AsyncGenerator<string[]> {
	let after: string | null = null;
	const place = `to_jsonb(array[${key
		.split(', ')
		.map((column) => `t.${column}::text collate "C"`)
		.join(', ')}])`;
	// the key as an array of texts: one comparison whatever its columns
	const order = `array[${key
		.split(', ')
		.map((column) => `t.${column}::text collate "C"`)
		.join(', ')}]`;
	for (;;) {
		const rows: { row: string; place: string }[] = await run((queries) =>
			queries.query<{ row: string; place: string }>(
				`select (to_jsonb(t) - 'workspace_id')::text as row, ${place}::text as place from ${name} t
				 where t.workspace_id = $1 and ($2::text is null or ${order} > (
				 	select array_agg(e.value collate "C" order by e.at) from jsonb_array_elements_text($2::text::jsonb) with ordinality e(value, at)))
				 order by ${order} limit ${PAGE}`,
				[workspace, after]
			)
		);
		if (rows.length > 0) yield rows.map(({ row }) => row);
		if (rows.length < PAGE) return;
		after = rows.at(-1)!.place;
	}
}

/** Writes rows of a table into a workspace; columns that this version does not know are left out. */
export async function writeRows(
	queries: Queries,
	workspace: string,
	table: string,
	rows: readonly Record<string, unknown>[]
): Promise<void> {
	const known = await queries.query<{ name: string }>(
		`select a.attname as name from pg_attribute a where a.attrelid = $1::regclass and a.attnum > 0
		 	and not a.attisdropped and a.attidentity = ''`,
		[table]
	);
	const given = new Set(Object.keys(rows[0] ?? {}));
	const columns = known.map(({ name }) => name).filter((name) => given.has(name));
	const list = columns.map((name) => `"${name}"`).join(', ');
	for (let at = 0; at < rows.length; at += PAGE)
		await queries.query(
			`insert into ${table} (workspace_id, ${list})
			 select $1::uuid, ${list} from jsonb_populate_recordset(null::${table}, $2::text::jsonb)`,
			[workspace, JSON.stringify(rows.slice(at, at + PAGE))]
		);
}
