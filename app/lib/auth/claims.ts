// The one place that knows jose in the browser. What the server said last of this person, signed: pages open by it
// without a network, and turn read-only when it has expired. The server judges whatever is sent to it anyway.
import type { Identity } from '#shared/auth.ts';
import { CLAIMS_ISSUER, CLOCK_TOLERANCE_HOURS, type ClaimsKey } from '#shared/claims.ts';
import { call } from '../api/client.ts';

const KEY = 'aura.claims';
/** Claims are asked for again when they are older. */
const FRESH_MS = 12 * 60 * 60 * 1000;

interface Kept {
	token: string;
	key: ClaimsKey;
	/** how far the server's clock is ahead of this device's, milliseconds, when the claims came */
	offset: number;
	/** this device's clock when they came */
	at: number;
	identity: Identity;
}

/** 'none': no claims ever came to this device, or what is there is not from the server. */
export type Claims =
	{ kind: 'valid' | 'expired'; identity: Identity; expiresAt: number } | { kind: 'none' };

function kept(): Kept | null {
	try {
		return JSON.parse(localStorage.getItem(KEY) ?? 'null') as Kept | null;
	} catch {
		return null;
	}
}

/** How far the server's clock is ahead of this device's, milliseconds; 0 when it never said. */
export const clockOffset = (): number => kept()?.offset ?? 0;

export const forgetClaims = (): void => localStorage.removeItem(KEY);

/** Asks for claims when there are none for this identity, or old ones. Does nothing without a network. */
export async function refreshClaims(identity: Identity): Promise<void> {
	const have = kept();
	const isFresh = have !== null && Math.abs(Date.now() - have.at) < FRESH_MS;
	if (isFresh && JSON.stringify(have.identity) === JSON.stringify(identity)) return;
	try {
		const [{ token }, { keys }] = await Promise.all([
			call('GET /api/auth/claims', {}),
			call('GET /api/auth/keys', {})
		]);
		const at = Date.now();
		const { iat, kid } = parts(token);
		const key = keys.find((each) => each.kid === kid);
		if (!key) return;
		const row: Kept = { token, key, at, offset: iat * 1000 - at, identity };
		localStorage.setItem(KEY, JSON.stringify(row));
	} catch {
		// what was said before holds until it expires
	}
}

/** @param now of this device's clock, milliseconds */
export async function readClaims(now = Date.now()): Promise<Claims> {
	const have = kept();
	if (!have) return { kind: 'none' };
	const { errors, importJWK, jwtVerify } = await import('jose');
	try {
		const key = await importJWK({ ...have.key }, 'EdDSA');
		const { payload } = await jwtVerify(have.token, key, {
			issuer: CLAIMS_ISSUER,
			algorithms: ['EdDSA'],
			currentDate: new Date(now + have.offset),
			clockTolerance: CLOCK_TOLERANCE_HOURS * 3600
		});
		return { kind: 'valid', ...said(payload) };
	} catch (error) {
		if (error instanceof errors.JWTExpired) return { kind: 'expired', ...said(error.payload) };
		if (error instanceof errors.JOSEError && !(error instanceof errors.JOSENotSupported))
			return { kind: 'none' };
		// a browser without Ed25519 cannot verify; it still knows when they expire
		const payload = parts(have.token);
		const isOver = payload.exp * 1000 < now + have.offset - CLOCK_TOLERANCE_HOURS * 3_600_000;
		return { kind: isOver ? 'expired' : 'valid', ...said(payload) };
	}
}

const said = (payload: { exp?: number; [name: string]: unknown }) => ({
	identity: {
		user: payload['user'] as Identity['user'],
		workspaces: payload['workspaces'] as Identity['workspaces']
	},
	expiresAt: (payload.exp ?? 0) * 1000
});

/** What a token says, not verified. */
function parts(token: string): { iat: number; exp: number; kid: string; [name: string]: unknown } {
	const read = (part: string | undefined) =>
		JSON.parse(
			new TextDecoder().decode(
				Uint8Array.from(atob((part ?? '').replaceAll('-', '+').replaceAll('_', '/')), (char) =>
					char.charCodeAt(0)
				)
			)
		) as Record<string, unknown>;
	const [header, payload] = token.split('.');
	return { ...read(payload), kid: read(header)['kid'] } as ReturnType<typeof parts>;
}
