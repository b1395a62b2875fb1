import { REFUSALS_PAGE, type Refusal } from '#shared/documents/refusals.ts';
import { AuraError } from '#shared/errors.ts';
import { can } from '#shared/permissions.ts';
import type { Database, Queries } from '../../database/database.ts';
import type { Implement } from '../../http/endpoint.ts';

export function documentRoutes(implement: Implement, database: Database): void {
	implement('GET /api/workspaces/{workspace}/refusals', async ({ who, query }) => {
		const { id, role } = who.membership;
		if (!can(role, 'read', 'audit'))
			throw new AuraError('forbidden', `The role ${role} may not see what was not taken.`);
		const found = await database.tenant(id, (queries) =>
			listRefusals(queries, id, query.before ?? null, REFUSALS_PAGE + 1)
		);
		const users = await database.query<{ id: string; name: string }>(
			`select id, name from users where id = any($1)`,
			[found.map(({ author }) => author.id)]
		);
		const names = new Map(users.map((user) => [user.id, user.name]));
		return {
			refusals: found.slice(0, REFUSALS_PAGE).map((refusal) => ({
				...refusal,
				author: { ...refusal.author, name: names.get(refusal.author.id) ?? refusal.author.name }
			})),
			more: found.length > REFUSALS_PAGE
		};
	});
}

interface Row {
	id: number;
	at: Date;
	author: string;
	/** of an API key */
	key: string | null;
	event: string | null;
	refusals: (Omit<Refusal['changes'][number], 'value'> & { value?: string })[];
}

/** Newest first, with the names of events, photos and projects; names of people are not in a tenant's reach. */
async function listRefusals(
	queries: Queries,
	workspace: string,
	before: number | null,
	limit: number
): Promise<Refusal[]> {
	const rows = await queries.query<Row>(
		`select r.id, r.created_at as at, r.author, k.name as key, p.name as event, r.refusals from document_refusals r
		 left join api_keys k on k.workspace_id = r.workspace_id and k.id::text = r.author
		 left join projects p on p.workspace_id = r.workspace_id and 'event/' || p.id = r.document
		 where r.workspace_id = $1 and ($2::bigint is null or r.id < $2::bigint) and jsonb_array_length(r.refusals) > 0
		 order by r.id desc limit $3`,
		[workspace, before, limit]
	);
	const ids = rows.flatMap(({ refusals }) => refusals.map(({ key }) => key.split('/')[0]!));
	const named = await queries.query<{ id: string; name: string | null }>(
		`select id::text as id, name from photos where workspace_id = $1 and id::text = any($2)
		 union all select id::text, name from projects where workspace_id = $1 and id::text = any($2)`,
		[workspace, ids]
	);
	const names = new Map(named.map(({ id, name }) => [id, name]));
	return rows.map(({ id, at, author, key, event, refusals }) => ({
		id: Number(id),
		at: at.toISOString(),
		author: { id: author, name: key ?? '' },
		place: event ?? 'Projects',
		changes: refusals.map(({ root, key, value, reason, message }) => ({
			root,
			key,
			value: value ?? 'null',
			name: names.get(key.split('/')[0]!) ?? null,
			reason,
			message
		}))
	}));
}
