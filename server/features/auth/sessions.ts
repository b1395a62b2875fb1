// The one place that knows lucia. The database keeps only a hash of a session's id, so that whoever
// reads it cannot sign in as anybody.
import { createHash } from 'node:crypto';
import { type Adapter, Lucia, TimeSpan } from 'lucia';
import type { Database } from '../../database/database.ts';

const hashOf = (id: string) => createHash('sha256').update(id).digest('hex');

interface SessionRow {
	user_id: string;
	expires_at: Date;
}

function adapterOf(database: Database): Adapter {
	return {
		async getSessionAndUser(id) {
			const [row] = await database.query<SessionRow>(
				`select user_id, expires_at from sessions where id = $1`,
				[hashOf(id)]
			);
			if (!row) return [null, null];
			return [
				{ id, userId: row.user_id, expiresAt: row.expires_at, attributes: {} },
				{ id: row.user_id, attributes: {} }
			];
		},
		// Ids cannot be given back from their hashes; nothing here asks for them.
		getUserSessions: () => Promise.resolve([]),
		async setSession({ id, userId, expiresAt }) {
			await database.query(`insert into sessions (id, user_id, expires_at) values ($1, $2, $3)`, [
				hashOf(id),
				userId,
				expiresAt
			]);
		},
		async updateSessionExpiration(id, expiresAt) {
			await database.query(`update sessions set expires_at = $2 where id = $1`, [
				hashOf(id),
				expiresAt
			]);
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
	/** @returns the Set-Cookie header of a new session. */
	start(userId: string): Promise<string>;
	/** @returns who has this cookie, and a Set-Cookie header when it was prolonged. */
	check(cookieHeader: string | undefined): Promise<{ userId: string; setCookie?: string } | null>;
	/** Ends the session of this cookie. @returns the Set-Cookie header that removes it. */
	end(cookieHeader: string | undefined): Promise<string>;
	/** Forgets expired sessions. */
	sweep(): Promise<void>;
}

/** @param isTls the cookie is sent over TLS only */
export function createSessions(database: Database, isTls: boolean): Sessions {
	const lucia = new Lucia(adapterOf(database), {
		sessionExpiresIn: new TimeSpan(30, 'd'),
		sessionCookie: { name: 'aura_session', attributes: { secure: isTls, sameSite: 'lax' } }
	});
	const idOf = (cookieHeader: string | undefined) => lucia.readSessionCookie(cookieHeader ?? '');
	return {
		async start(userId) {
			const session = await lucia.createSession(userId, {});
			return lucia.createSessionCookie(session.id).serialize();
		},
		async check(cookieHeader) {
			const id = idOf(cookieHeader);
			if (!id || id.length > 200) return null;
			const { session, user } = await lucia.validateSession(id);
			if (!session) return null;
			return {
				userId: user.id,
				...(session.fresh ? { setCookie: lucia.createSessionCookie(id).serialize() } : {})
			};
		},
		async end(cookieHeader) {
			const id = idOf(cookieHeader);
			if (id) await lucia.invalidateSession(id);
			return lucia.createBlankSessionCookie().serialize();
		},
		sweep: () => lucia.deleteExpiredSessions()
	};
}
