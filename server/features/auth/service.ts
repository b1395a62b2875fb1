import { AuraError } from '#shared/errors.ts';
import type { Identity } from '#shared/auth.ts';
import type { Database } from '../../database/database.ts';
import { createLimit } from './limits.ts';
import { verifyPassword } from './passwords.ts';
import { findCredentials, findUser, listMemberships } from './store.ts';

/** @throws AuraError unauthenticated when the person is gone. */
export async function identityOf(database: Database, userId: string): Promise<Identity> {
	const user = await findUser(database, userId);
	if (!user) throw new AuraError('unauthenticated', 'Sign in to go on.');
	return { user, workspaces: await listMemberships(database, userId) };
}

/** Checks e-mail and password, with limits by account and by address. */
export function createPasswordSignIn(database: Database) {
	const byAccount = createLimit(20, 15 * 60);
	const byAddress = createLimit(100, 15 * 60);
	return async (email: string, password: string, address: string): Promise<string> => {
		await byAddress.take(address);
		await byAccount.take(email);
		const found = await findCredentials(database, email);
		if (!(await verifyPassword(found?.passwordHash ?? null, password)))
			throw new AuraError('unauthenticated', 'E-mail or password is wrong.');
		await byAccount.reset(email);
		return found!.id;
	};
}
