// Who uses this device: remembered, so that the studio opens without a network.
import type { Identity } from '#shared/auth.ts';
import { AuraError } from '#shared/errors.ts';
import { Unreachable, call } from '../api/client.ts';

const KEY = 'aura.identity';

/** The person who signed in here last, or null. */
export function rememberedIdentity(): Identity | null {
	try {
		return JSON.parse(localStorage.getItem(KEY) ?? 'null') as Identity | null;
	} catch {
		return null;
	}
}

export function rememberIdentity(identity: Identity | null): void {
	if (identity) localStorage.setItem(KEY, JSON.stringify(identity));
	else localStorage.removeItem(KEY);
}

/** 'signedOut': the server knows nobody by this device's session; 'unreachable': it could not be asked. */
export type IdentityCheck =
	{ kind: 'known'; identity: Identity } | { kind: 'signedOut' } | { kind: 'unreachable' };

/** Asks the server who this is. */
export async function checkIdentity(): Promise<IdentityCheck> {
	try {
		const identity = await call('GET /api/auth/me', {});
		rememberIdentity(identity);
		return { kind: 'known', identity };
	} catch (error) {
		if (error instanceof AuraError && error.code === 'unauthenticated')
			return { kind: 'signedOut' };
		if (error instanceof Unreachable) return { kind: 'unreachable' };
		throw error;
	}
}
