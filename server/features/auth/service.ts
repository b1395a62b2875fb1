import { AuraError } from '#shared/errors.ts';
import type { Identity } from '#shared/auth.ts';
import type { Database } from '../../database/database.ts';
import type { MakeLimit } from '../../http/limits.ts';
import { verifyPassword } from './passwords.ts';
import { findCredentials, findIdentity } from './store.ts';

/** @throws AuraError unauthenticated when the person is gone. */
export async function identityOf(database: Database, userId: string): Promise<Identity> {
	const identity = await findIdentity(database, userId);
	if (!identity) throw new AuraError('unauthenticated', 'Sign in to go on.');
	return identity;
}

/** @returns the person's id. @throws AuraError unauthenticated, too_many_requests */
export type PasswordSignIn = (email: string, password: string, address: string) => Promise<string>;

/** Checks e-mail and password, with limits by account and by address. */
export function createPasswordSignIn(database: Database, makeLimit: MakeLimit): PasswordSignIn {
	const byAccount = makeLimit({
		name: 'sign-in-account',
		points: 20,
		seconds: 15 * 60,
		isGrowing: true
	});
	const byAddress = makeLimit({
		name: 'sign-in-address',
		points: 100,
		seconds: 15 * 60,
		isGrowing: true
	});
	return async (email, password, address) => {
		await byAddress.take(address);
		await byAccount.take(email);
		const found = await findCredentials(database, email);
		if (!(await verifyPassword(found?.passwordHash ?? null, password)))
			throw new AuraError('unauthenticated', 'E-mail or password is wrong.');
		await byAccount.reset(email);
		return found!.id;
	};
}
