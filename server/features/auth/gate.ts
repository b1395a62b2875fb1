import { AuraError } from '#shared/errors.ts';
import type { Identity } from '#shared/auth.ts';
import { reachOf } from '#shared/permissions.ts';
import { roleIn } from '#shared/workspace-status.ts';
import type { Database } from '../../database/database.ts';
import type { AuraContext } from '../../http/context.ts';
import type { Endpoint } from '#shared/api/endpoint.ts';
import type { Gate } from '../../http/endpoint.ts';
import { identityOfKey } from '../api-keys/service.ts';
import type { Sessions } from './sessions.ts';

/** Tells who asks by the session cookie, or by a key inside its workspace. A foreign workspace answers like one that does not exist. */
export function createGate(database: Database, sessions: Sessions): Gate {
	const session = async (c: AuraContext, { isStrong }: Endpoint): Promise<Identity> => {
		const found = await sessions.check(c.req.header('cookie'));
		if (!found) throw new AuraError('unauthenticated', 'Sign in to go on.');
		c.set('session', found.session);
		if (isStrong && found.method === 'face')
			throw new AuraError(
				'sign_in_again',
				'This device was unlocked by face alone. Sign in with your password or a passkey for this.'
			);
		const setCookie = found.isDue ? await sessions.renew(c.req.header('cookie')) : found.setCookie;
		if (setCookie) c.header('Set-Cookie', setCookie, { append: true });
		return found.identity;
	};
	return {
		session,
		async superadmin(c, endpoint) {
			const identity = await session(c, endpoint);
			if (!identity.user.isSuperadmin)
				throw new AuraError('forbidden', 'This is for whoever runs the installation.');
			return identity;
		},
		async member(c, workspace, endpoint) {
			const byKey = await identityOfKey(database, c.req.header('authorization'));
			const identity = byKey?.identity ?? (await session(c, endpoint));
			const membership = identity.workspaces.find(
				({ id, slug }) => id === workspace || slug === workspace
			);
			if (!membership) throw new AuraError('not_found', 'There is no such workspace.');
			const { name, status, statusReason, role } = membership;
			if (status === 'suspended')
				throw new AuraError(
					'suspended',
					`${name} is suspended: ${statusReason ?? 'ask the platform'}`
				);
			const isKey = byKey !== null;
			const reach = isKey ? 'all' : reachOf(roleIn(role, status));
			if (endpoint.evenClosed) return { identity, membership, reach, isKey };
			if (status === 'deleted') throw new AuraError('not_found', 'There is no such workspace.');
			const isChange = !['GET', 'HEAD'].includes(c.req.method);
			if (status === 'archived' && isChange)
				throw new AuraError('archived', `${name} is archived: it is looked at, not changed.`);
			return { identity, membership: { ...membership, role: roleIn(role, status) }, reach, isKey };
		}
	};
}
