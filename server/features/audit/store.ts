import type { AuditEntry } from '#shared/audit.ts';
import { AUDIT_PAGE } from '#shared/audit.ts';
import type { Role } from '#shared/permissions.ts';
import { type Database, type Queries, becomeTenant } from '../../database/database.ts';
import type { Actor, AuraContext } from '../../http/context.ts';

/** Who did something, and from where. */
export interface Doer {
	workspace: string;
	/** `role`: of a key, which is no member; members' roles are read again under the lock */
	actor: { id: string; name: string; role?: Role } | null;
	address: string | null;
}

/** What a doer is under the lock; nothing: not a member (any more). The command line acts for whoever has the machine. */
export const roleOfDoer = ({ actor }: Doer, roles: ReadonlyMap<string, Role>): Role | undefined =>
	actor ? (actor.role ?? roles.get(actor.id)) : 'owner';

export const doerOf = ({ identity, membership, isKey }: Actor, c: AuraContext): Doer => ({
	workspace: membership.id,
	actor: {
		id: identity.user.id,
		name: identity.user.name,
		...(isKey ? { role: membership.role } : {})
	},
	address: c.get('address')
});

/** What was done: before and after say what changed, never secrets. */
export interface Deed {
	action: string;
	subject: string;
	before?: unknown;
	after?: unknown;
}

/** Adds an entry. @param queries of the workspace's tenant transaction in which the thing is done */
export async function record(queries: Queries, doer: Doer, deed: Deed): Promise<void> {
	const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
	await queries.query(
		`insert into audit_log (workspace_id, actor, actor_name, action, subject, before, after, address)
		 values ($1, $2, $3, $4, $5, $6::text::jsonb, $7::text::jsonb, $8)`,
		[
			doer.workspace,
			doer.actor?.id ?? null,
			doer.actor?.name ?? null,
			deed.action,
			deed.subject,
			json(deed.before),
			json(deed.after),
			doer.address
		]
	);
}

/**
 * Does something to the platform's tables and notes it, all or nothing.
 * @param run returns what was done, or null when nothing was
 */
export const audited = (
	database: Database,
	doer: Doer,
	run: (queries: Queries) => Promise<Deed | null>
): Promise<void> =>
	database.transaction(async (queries) => {
		const deed = await run(queries);
		if (!deed) return;
		await becomeTenant(queries, doer.workspace);
		await record(queries, doer, deed);
	});

interface Row {
	id: number;
	at: Date;
	actor: string | null;
	actor_name: string | null;
	action: string;
	subject: string;
	before: unknown;
	after: unknown;
	address: string | null;
}

const toEntry = (row: Row): AuditEntry => ({
	id: Number(row.id),
	at: row.at.toISOString(),
	actor: row.actor ? { id: row.actor, name: row.actor_name ?? '' } : null,
	action: row.action,
	subject: row.subject,
	before: row.before,
	after: row.after,
	address: row.address
});

/** Entries, newest first, one more than a page when there are more. */
export async function listEntries(
	queries: Queries,
	workspace: string,
	filter: { search?: string | undefined; kind?: string | undefined; before?: number | undefined },
	limit = AUDIT_PAGE + 1
): Promise<AuditEntry[]> {
	const rows = await queries.query<Row>(
		`select id, at, actor, actor_name, action, subject, before, after, address from audit_log
		 where workspace_id = $1 and ($2::bigint is null or id < $2::bigint)
		 	and ($3::text is null or split_part(action, '.', 1) = $3::text)
		 	and ($4::text is null or strpos(lower(concat_ws(' ', action, subject, actor_name)), lower($4::text)) > 0)
		 order by id desc limit $5`,
		[workspace, filter.before ?? null, filter.kind ?? null, filter.search || null, limit]
	);
	return rows.map(toEntry);
}
