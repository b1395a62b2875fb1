import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { AuraError } from '#shared/errors.ts';
import type { Database } from '../../database/database.ts';
import type { AuraContext } from '../../http/context.ts';
import type { Implement } from '../../http/endpoint.ts';
import { deviceOf } from './device.ts';
import type { MakeLimit } from '../../http/limits.ts';
import { deletePasskey, listPasskeys } from './passkey-store.ts';
import { register, registrationOptions, signInOptions, signInWith } from './passkeys.ts';
import { identityOf } from './service.ts';
import type { Sessions } from './sessions.ts';

/** @param originOf the address that people use for this server */
export function passkeyRoutes(
	implement: Implement,
	database: Database,
	sessions: Sessions,
	originOf: (c: AuraContext) => string,
	makeLimit: MakeLimit
): void {
	const byAddress = makeLimit({ name: 'passkey-address', points: 100, seconds: 15 * 60 });
	implement('GET /api/auth/passkeys', async ({ who }) => ({
		passkeys: await listPasskeys(database, who.user.id)
	}));
	implement('POST /api/auth/passkeys/options', async ({ who, c }) => ({
		...(await registrationOptions(database, who.user, originOf(c)))
	}));
	implement('POST /api/auth/passkeys', async ({ who, body, c }) => {
		const name = deviceOf(c.req.header('user-agent')) || 'Passkey';
		const answer = body as unknown as RegistrationResponseJSON;
		const id = await register(database, who.user, answer, name, originOf(c));
		const made = (await listPasskeys(database, who.user.id)).find((each) => each.id === id);
		if (!made) throw new AuraError('conflict', 'The passkey was removed just now.');
		return made;
	});
	implement('DELETE /api/auth/passkeys/{passkey}', async ({ who, params }) => {
		if (!(await deletePasskey(database, who.user.id, params.passkey)))
			throw new AuraError('not_found', 'There is no such passkey.');
		return undefined;
	});
	implement('POST /api/auth/passkeys/login/options', async ({ c }) => {
		await byAddress.take(c.get('address'));
		return { ...(await signInOptions(database, originOf(c))) };
	});
	implement('POST /api/auth/passkeys/login', async ({ body, c }) => {
		await byAddress.take(c.get('address'));
		const answer = body as unknown as AuthenticationResponseJSON;
		const userId = await signInWith(database, answer, originOf(c));
		await sessions.end(c.req.header('cookie'));
		c.header('Set-Cookie', await sessions.start(userId, c, 'passkey'));
		return identityOf(database, userId);
	});
}
