import { AuraError } from '#shared/errors.ts';
import type { Identity } from '#shared/auth.ts';
import type { Database } from '../../database/database.ts';
import type { AuraContext } from '../../http/context.ts';
import type { Gate } from '../../http/endpoint.ts';
import { identityOf } from './service.ts';
import type { Sessions } from './sessions.ts';

/** Tells who asks by the session cookie. A foreign workspace answers like one that does not exist. */
export function createGate(database: Database, sessions: Sessions): Gate {
	const session = async (c: AuraContext): Promise<Identity> => {
		const found = await sessions.check(c.req.header('cookie'));
		if (!found) throw new AuraError('unauthenticated', 'Sign in to go on.');
		c.set('session', found.session);
		if (found.setCookie) c.header('Set-Cookie', found.setCookie, { append: true });
		return identityOf(database, found.userId);
	};
	return {
		session,
		async member(c, workspace) {
			const identity = await session(c);
			const membership = identity.workspaces.find(
				({ id, slug }) => id === workspace || slug === workspace
			);
			if (!membership) throw new AuraError('not_found', 'There is no such workspace.');
			return { identity, membership };
		}
	};
}
