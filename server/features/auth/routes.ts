import { AuraError } from '#shared/errors.ts';
import { closeCodes } from '#sync/relay/protocol.ts';
import type { Database } from '../../database/database.ts';
import type { AuraContext } from '../../http/context.ts';
import type { Implement } from '../../http/endpoint.ts';
import type { Connections } from '../../relay/connections.ts';
import type { PasswordResets } from './resets.ts';
import { type PasswordSignIn, identityOf } from './service.ts';
import type { Sessions } from './sessions.ts';

/** @param originOf the address that people use for this server */
export function authRoutes(
	implement: Implement,
	database: Database,
	sessions: Sessions,
	signIn: PasswordSignIn,
	resets: PasswordResets,
	connections: Connections,
	originOf: (c: AuraContext) => string
): void {
	const hangUp = (ended: string[]) => {
		for (const session of ended)
			connections.end({ session }, closeCodes.unauthenticated, 'this device was signed out');
	};
	implement('POST /api/auth/login', async ({ body, c }) => {
		const userId = await signIn(body.email, body.password, c.get('address'));
		await sessions.end(c.req.header('cookie')); // a session made before the sign-in ends with it
		c.header('Set-Cookie', await sessions.start(userId, c, 'password'));
		return identityOf(database, userId);
	});
	implement('GET /api/auth/me', async ({ who }) => who);
	implement('POST /api/auth/logout', async ({ c }) => {
		c.header('Set-Cookie', await sessions.end(c.req.header('cookie')));
		hangUp([c.get('session')]);
		return undefined;
	});
	implement('GET /api/auth/sessions', async ({ who, c }) => ({
		sessions: await sessions.list(who.user.id, c.get('session'))
	}));
	implement('DELETE /api/auth/sessions/{session}', async ({ who, params }) => {
		const ended = await sessions.revoke(who.user.id, { only: params.session });
		if (ended.length === 0) throw new AuraError('not_found', 'This device is signed out already.');
		hangUp(ended);
		return undefined;
	});
	implement('DELETE /api/auth/sessions', async ({ who, c }) => {
		hangUp(await sessions.revoke(who.user.id, { but: c.get('session') }));
		return undefined;
	});
	implement('POST /api/auth/password-resets', async ({ body, c }) => {
		await resets.ask(body.email, c.get('address'), originOf(c));
		return undefined;
	});
	implement('POST /api/auth/password-resets/{token}', async ({ params, body, c }) => {
		const user = await resets.complete(params.token, body.password, c.get('address'));
		connections.end({ user }, closeCodes.unauthenticated, 'the password was changed');
		return undefined;
	});
}
