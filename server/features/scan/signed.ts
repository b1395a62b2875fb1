import { createHmac, timingSafeEqual } from 'node:crypto';

/** Addresses of found photos, good for a day and for one file each. */
export interface Signer {
	sign(code: string, photo: string, kind: string): string;
	verify(
		code: string,
		photo: string,
		kind: string,
		expires: string,
		signature: string
	): 'ok' | 'expired' | 'wrong';
}

const DAY_SECONDS = 24 * 60 * 60;

/** @param now seconds since 1970 */
export function createSigner(key: Uint8Array, now: () => number): Signer {
	const mac = (...parts: string[]) =>
		createHmac('sha256', key).update(parts.join('\n')).digest('base64url');
	return {
		sign(code, photo, kind) {
			// whole days: the same address for the same photo, so that the browser's cache serves it
			const expires = String((Math.floor(now() / DAY_SECONDS) + 2) * DAY_SECONDS);
			return `/api/scan/${code}/photos/${photo}/${kind}?expires=${expires}&signature=${mac(code, photo, kind, expires)}`;
		},
		verify(code, photo, kind, expires, signature) {
			const expected = Buffer.from(mac(code, photo, kind, expires));
			const given = Buffer.from(signature);
			if (expected.length !== given.length || !timingSafeEqual(expected, given)) return 'wrong';
			return Number(expires) < now() ? 'expired' : 'ok';
		}
	};
}
