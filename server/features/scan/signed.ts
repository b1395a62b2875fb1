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
	/** Proves that a guest is known on the page of an event. */
	guest(code: string, id: string): string;
	isGuest(code: string, id: string, token: string): boolean;
}

const DAY_SECONDS = 24 * 60 * 60;

/** @param now seconds since 1970 */
export function createSigner(key: Uint8Array, now: () => number): Signer {
	const mac = (...parts: string[]) =>
		createHmac('sha256', key).update(parts.join('\n')).digest('base64url');
	const guest = (code: string, id: string) => mac('guest', code, id);
	const isSame = (expected: string, given: string) =>
		expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given));
	return {
		guest,
		isGuest: (code, id, token) => isSame(guest(code, id), token),
		sign(code, photo, kind) {
			// whole days: the same address for the same photo, so that the browser's cache serves it
			const expires = String((Math.floor(now() / DAY_SECONDS) + 2) * DAY_SECONDS);
			return `/api/scan/${code}/photos/${photo}/${kind}?expires=${expires}&signature=${mac(code, photo, kind, expires)}`;
		},
		verify(code, photo, kind, expires, signature) {
			if (!isSame(mac(code, photo, kind, expires), signature)) return 'wrong';
			return Number(expires) < now() ? 'expired' : 'ok';
		}
	};
}
