import { randomBytes } from 'node:crypto';
import type { Queries } from '../../database/database.ts';

export interface GuestCode {
	code: string;
	workspace: string;
	event: string;
	revoked: boolean;
}

export async function findCode(queries: Queries, code: string): Promise<GuestCode | null> {
	const [row] = await queries.query<GuestCode>(
		`select g.code, g.workspace_id as workspace, g.event_id as event,
		 	(g.revoked_at is not null or w.status not in ('active', 'archived')) as revoked
		 from guest_codes g join workspaces w on w.id = g.workspace_id where g.code = $1`,
		[code]
	);
	return row ?? null;
}

/** The code in force of an event. */
export async function codeOfEvent(
	queries: Queries,
	workspace: string,
	event: string
): Promise<string | null> {
	const [row] = await queries.query<{ code: string }>(
		`select code from guest_codes where workspace_id = $1 and event_id = $2 and revoked_at is null`,
		[workspace, event]
	);
	return row?.code ?? null;
}

/** Makes a code for an event unless it has one. @returns the code in force. */
export async function publish(queries: Queries, workspace: string, event: string): Promise<string> {
	await queries.query(
		`insert into guest_codes (code, workspace_id, event_id) values ($1, $2, $3)
		 on conflict (workspace_id, event_id) where revoked_at is null do nothing`,
		[randomBytes(16).toString('base64url'), workspace, event]
	);
	return (await codeOfEvent(queries, workspace, event))!;
}

export async function revoke(queries: Queries, workspace: string, event: string): Promise<void> {
	await queries.query(
		`update guest_codes set revoked_at = now() where workspace_id = $1 and event_id = $2 and revoked_at is null`,
		[workspace, event]
	);
}

export async function studioName(queries: Queries, workspace: string): Promise<string> {
	const [row] = await queries.query<{ name: string }>(`select name from workspaces where id = $1`, [
		workspace
	]);
	return row?.name ?? '';
}
