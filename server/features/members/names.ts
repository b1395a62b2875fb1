import type { Database } from '../../database/database.ts';

/** Names of people and of API keys. */
export async function namesOf(
	database: Database,
	workspace: string,
	ids: string[]
): Promise<Map<string, string>> {
	const [people, keys] = await Promise.all([
		database.query<{ id: string; name: string }>(`select id, name from users where id = any($1)`, [
			ids
		]),
		database.tenant(workspace, (queries) =>
			queries.query<{ id: string; name: string }>(
				`select id::text as id, name from api_keys where workspace_id = $1 and id::text = any($2)`,
				[workspace, ids]
			)
		)
	]);
	return new Map([...people, ...keys].map(({ id, name }) => [id, name]));
}
