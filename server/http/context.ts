import type { Context } from 'hono';
import type { Identity, Membership } from '#shared/auth.ts';
import type { Reach } from '#shared/permissions.ts';

/** What a request knows once its edge has been passed. */
export interface Variables {
	/** short id of the request, shown to people on failure and found in the log */
	requestId: string;
	/** the address that limits are counted by */
	address: string;
	/** public id of the session that asks; only behind the gate */
	session: string;
}
export type AuraContext = Context<{ Variables: Variables }>;

/** Whoever asks, as services see them. */
export interface Actor {
	identity: Identity;
	/** in the workspace that the path names */
	membership: Membership;
	/** a program asks, by a key of the workspace */
	isKey: boolean;
	/** of its projects: all, or those that the person is assigned to */
	reach: Reach;
}
