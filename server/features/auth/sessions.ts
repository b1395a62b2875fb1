// The one place that knows lucia. The database keeps only a hash of a session's id, so that whoever
// reads it cannot sign in as anybody.
import { createHash, randomUUID } from 'node:crypto';
import { type Adapter, Lucia, TimeSpan } from 'lucia';
import type { Identity } from '#shared/auth.ts';
import type { SessionInfo, SignInMethod } from '#shared/sessions.ts';
import type { Database } from '../../database/database.ts';
import type { AuraContext } from '../../http/context.ts';
import { type IdentityRow, identityColumns, toIdentity } from './store.ts';
import { deviceOf } from './device.ts';

const hashOf = (id: string) => createHash('sha256').update(id).digest('hex');

type Renewal = 'none' | 'due' | 'former';

interface SessionAttributes {
	device: string;
	address: string | null;
	method: SignInMethod;
	/** 'due': the person's rights have changed since it was made; 'former': a new id stands in its place */
	renewal: Renewal;
	/** how it is named in lists and addresses, the same after it was renewed; opens nothing */
	family: string;
}
interface UserAttributes {
	identity: Identity;
}

declare module 'lucia' {
	interface Register {
		Lucia: Lucia<SessionAttributes, UserAttributes>;
		DatabaseUserAttributes: UserAttributes;
		DatabaseSessionAttributes: SessionAttributes;
	}
}

interface SessionRow extends IdentityRow {
	expires_at: Date;
	last_seen_at: Date;
	method: SignInMethod;
	device: string;
	address: string | null;
	renewal: Renewal;
	family: string;
}

/** A use of a session is noted when the last note is older, milliseconds. */
const NOTE_AFTER_MS = 5 * 60_000;

/** Seconds for which the former id of a renewed session still works: for requests that were under way. */
const GRACE_S = 60;

function adapterOf(database: Database): Adapter {
	return {
		async getSessionAndUser(id) {
			// one query for session, person and memberships: it is asked with every request
			const [row] = await database.query<SessionRow>(
				`select s.expires_at, s.last_seen_at, s.method, s.device, s.address, s.renewal, s.family, ${identityColumns}
				 from sessions s join users u on u.id = s.user_id where s.id = $1`,
				[hashOf(id)]
			);
			if (!row) return [null, null];
			if (Date.now() - row.last_seen_at.getTime() > NOTE_AFTER_MS)
				await database.query(`update sessions set last_seen_at = now() where id = $1`, [
					hashOf(id)
				]);
			return [
				{
					id,
					userId: row.id,
					expiresAt: row.expires_at,
					attributes: {
						device: row.device,
						address: row.address,
						method: row.method,
						renewal: row.renewal,
						family: row.family
					}
				},
				{ id: row.id, attributes: { identity: toIdentity(row) } }
			];
		},
		// Ids cannot be given back from their hashes; nothing here asks for them.
		getUserSessions: () => Promise.resolve([]),
		async setSession({ id, userId, expiresAt, attributes }) {
			await database.query(
				`insert into sessions (id, user_id, expires_at, device, address, method, family) values ($1, $2, $3, $4, $5, $6, $7)`,
				[
					hashOf(id),
					userId,
					expiresAt,
					attributes.device,
					attributes.address,
					attributes.method,
					attributes.family
				]
			);
		},
		async updateSessionExpiration(id, expiresAt) {
			await database.query(
				`update sessions set expires_at = $2 where id = $1 and renewal <> 'former'`,
				[hashOf(id), expiresAt]
			);
		},
		async deleteSession(id) {
			await database.query(`delete from sessions where id = $1`, [hashOf(id)]);
		},
		async deleteUserSessions(userId) {
			await database.query(`delete from sessions where user_id = $1`, [userId]);
		},
		async deleteExpiredSessions() {
			await database.query(`delete from sessions where expires_at <= now()`);
		}
	};
}

/** Sessions in an HTTP-only cookie, good for 30 days after their last use. */
export interface Sessions {
	/** @param c the request that signs in: its device and address are kept. @returns the Set-Cookie header. */
	start(userId: string, c: AuraContext, method: SignInMethod): Promise<string>;
	/** @returns who has this cookie, and a Set-Cookie header when it was prolonged. */
	check(cookieHeader: string | undefined): Promise<{
		userId: string;
		session: string;
		method: SignInMethod;
		identity: Identity;
		/** its person's rights have changed: see `renew` */
		isDue: boolean;
		setCookie?: string;
	} | null>;
	/**
	 * Gives the session of this cookie a new id when its person's rights have changed. The former one is good for what is
	 * under way already.
	 * @returns the Set-Cookie header with the new one; null: it stays
	 */
	renew(cookieHeader: string | undefined): Promise<string | null>;
	/** Ends the session of this cookie. @returns the Set-Cookie header that removes it. */
	end(cookieHeader: string | undefined): Promise<string>;
	/** Where a person is signed in, last used first. @param current public id of the asking session */
	list(userId: string, current: string): Promise<SessionInfo[]>;
	/** Ends sessions of a person by their public ids; 'all' but one. @returns those that ended */
	revoke(userId: string, which: { only: string } | { but: string | null }): Promise<string[]>;
	/** Forgets expired sessions. */
	sweep(): Promise<void>;
}

/** @param isTls the cookie is sent over TLS only */
export function createSessions(database: Database, isTls: boolean): Sessions {
	const lucia = new Lucia(adapterOf(database), {
		sessionExpiresIn: new TimeSpan(30, 'd'),
		getSessionAttributes: ({ device, address, method, renewal, family }): SessionAttributes => ({
			device,
			address,
			method,
			renewal,
			family
		}),
		getUserAttributes: ({ identity }): UserAttributes => ({ identity }),
		sessionCookie: { name: 'aura_session', attributes: { secure: isTls, sameSite: 'lax' } }
	});
	const idOf = (cookieHeader: string | undefined) => lucia.readSessionCookie(cookieHeader ?? '');
	return {
		async start(userId, c, method) {
			const device = deviceOf(c.req.header('user-agent'));
			const session = await lucia.createSession(userId, {
				device,
				address: c.get('address'),
				method,
				renewal: 'none',
				family: randomUUID()
			});
			return lucia.createSessionCookie(session.id).serialize();
		},
		async check(cookieHeader) {
			const id = idOf(cookieHeader);
			if (!id || id.length > 200) return null;
			const { session, user } = await lucia.validateSession(id);
			if (!session) return null;
			return {
				userId: user.id,
				session: session.family,
				method: session.method,
				identity: user.identity,
				isDue: session.renewal === 'due',
				// a former id is never sent again: the browser may have the new one already
				...(session.fresh && session.renewal === 'none'
					? { setCookie: lucia.createSessionCookie(id).serialize() }
					: {})
			};
		},
		async renew(cookieHeader) {
			const id = idOf(cookieHeader);
			if (!id) return null;
			// of several requests at once, one renews
			const [row] = await database.query<{
				user_id: string;
				device: string;
				address: string | null;
				method: SignInMethod;
				family: string;
			}>(
				`update sessions set renewal = 'former', expires_at = least(expires_at, now() + make_interval(secs => $2))
				 where id = $1 and renewal = 'due' returning user_id, device, address, method, family`,
				[hashOf(id), GRACE_S]
			);
			if (!row) return null;
			const { user_id, ...attributes } = row;
			const session = await lucia.createSession(user_id, { ...attributes, renewal: 'none' });
			return lucia.createSessionCookie(session.id).serialize();
		},
		async end(cookieHeader) {
			const id = idOf(cookieHeader);
			// a renewed one ends with its former id
			if (id)
				await database.query(
					`delete from sessions where family = (select family from sessions where id = $1)`,
					[hashOf(id)]
				);
			return lucia.createBlankSessionCookie().serialize();
		},
		async list(userId, current) {
			const rows = await database.query<{
				family: string;
				device: string;
				address: string | null;
				created_at: Date;
				last_seen_at: Date;
				method: SignInMethod;
			}>(
				`select family, device, address, created_at, last_seen_at, method from sessions
				 where user_id = $1 and expires_at > now() and renewal <> 'former' order by last_seen_at desc, id`,
				[userId]
			);
			return rows.map((row) => ({
				id: row.family,
				device: row.device || 'Unknown device',
				address: row.address,
				createdAt: row.created_at.toISOString(),
				lastSeenAt: row.last_seen_at.toISOString(),
				method: row.method,
				isCurrent: row.family === current
			}));
		},
		async revoke(userId, which) {
			const [is, id] = 'only' in which ? ['=', which.only] : ['<>', which.but ?? ''];
			const rows = await database.query<{ family: string }>(
				`delete from sessions where user_id = $1 and family ${is} $2 returning family`,
				[userId, id]
			);
			return [...new Set(rows.map(({ family }) => family))];
		},
		sweep: () => lucia.deleteExpiredSessions()
	};
}
