import type { Invitation } from '#shared/invitations.ts';
import type { Role } from '#shared/permissions.ts';
import type { Queries } from '../../database/database.ts';

interface Row {
	id: string;
	email: string;
	role: Role;
	invited_by_name: string;
	created_at: Date;
	expires_at: Date;
	accepted_at: Date | null;
	revoked_at: Date | null;
}
const columns = `id, email, role, invited_by_name, created_at, expires_at, accepted_at, revoked_at`;

/** An invitation with what became of it. */
export type StoredInvitation = Invitation & { state: 'open' | 'expired' | 'accepted' | 'revoked' };

const toInvitation = (row: Row): StoredInvitation => {
	const isExpired = row.expires_at.getTime() <= Date.now();
	return {
		id: row.id,
		email: row.email,
		role: row.role,
		invitedBy: row.invited_by_name,
		createdAt: row.created_at.toISOString(),
		expiresAt: row.expires_at.toISOString(),
		isExpired,
		state: row.accepted_at
			? 'accepted'
			: row.revoked_at
				? 'revoked'
				: isExpired
					? 'expired'
					: 'open'
	};
};

/** Invitations that were neither accepted nor revoked, newest first. */
export async function listInvitations(
	queries: Queries,
	workspace: string
): Promise<StoredInvitation[]> {
	const rows = await queries.query<Row>(
		`select ${columns} from invitations
		 where workspace_id = $1 and accepted_at is null and revoked_at is null order by created_at desc, id`,
		[workspace]
	);
	return rows.map(toInvitation);
}

export async function findInvitation(
	queries: Queries,
	workspace: string,
	id: string
): Promise<StoredInvitation | null> {
	const rows = await queries.query<Row>(
		`select ${columns} from invitations where workspace_id = $1 and id::text = $2`,
		[workspace, id]
	);
	return rows[0] ? toInvitation(rows[0]) : null;
}

/** @returns null when this address has an open invitation already. */
export async function insertInvitation(
	queries: Queries,
	workspace: string,
	invitation: {
		id: string;
		email: string;
		role: Role;
		by: { id: string; name: string };
		expiresAt: Date;
	}
): Promise<boolean> {
	const rows = await queries.query(
		`insert into invitations (workspace_id, id, email, role, invited_by, invited_by_name, expires_at)
		 values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning id`,
		[
			workspace,
			invitation.id,
			invitation.email,
			invitation.role,
			invitation.by.id,
			invitation.by.name,
			invitation.expiresAt
		]
	);
	return rows.length > 0;
}

export async function prolongInvitation(
	queries: Queries,
	workspace: string,
	id: string,
	expiresAt: Date
): Promise<void> {
	await queries.query(
		`update invitations set expires_at = $3 where workspace_id = $1 and id = $2`,
		[workspace, id, expiresAt]
	);
}

/** @returns whether it was open until now. */
export async function closeInvitation(
	queries: Queries,
	workspace: string,
	id: string,
	how: 'accepted' | 'revoked'
): Promise<boolean> {
	const rows = await queries.query(
		`update invitations set ${how}_at = now()
		 where workspace_id = $1 and id = $2 and accepted_at is null and revoked_at is null
		 	and ($3 = 'revoked' or expires_at > now())
		 returning id`,
		[workspace, id, how]
	);
	return rows.length > 0;
}

/** The link's token is the only one of its invitation: an earlier one stops working. */
export async function setToken(
	queries: Queries,
	workspace: string,
	id: string,
	hash: string
): Promise<void> {
	await queries.query(
		`delete from invitation_tokens where workspace_id = $1 and invitation_id = $2`,
		[workspace, id]
	);
	await queries.query(
		`insert into invitation_tokens (token_hash, workspace_id, invitation_id) values ($1, $2, $3)`,
		[hash, workspace, id]
	);
}

/** Where a link leads; closed workspaces have none. */
export async function findByToken(
	queries: Queries,
	hash: string
): Promise<{ workspace: string; name: string; invitation: string } | null> {
	const [row] = await queries.query<{ workspace: string; name: string; invitation: string }>(
		`select t.workspace_id as workspace, w.name, t.invitation_id as invitation
		 from invitation_tokens t join workspaces w on w.id = t.workspace_id
		 where t.token_hash = $1 and w.status = 'active'`,
		[hash]
	);
	return row ?? null;
}
