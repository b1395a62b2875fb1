// How often a guest may search: each by themselves, all behind one address, and all of an event together. A venue's guests
// share one address behind the mobile network, so the address has more room than a guest would need.
import { randomBytes } from 'node:crypto';
import { getCookie, setCookie } from 'hono/cookie';
import { AuraError } from '#shared/errors.ts';
import type { AuraContext } from '../../http/context.ts';
import type { MakeLimit } from '../../http/limits.ts';
import type { Signer } from './signed.ts';

const COOKIE = 'aura_guest';
const HOUR = 60 * 60;
/** How long a guest is known again on the page of one event, seconds. */
const KNOWN = 12 * HOUR;

export interface Guests {
	/** Knows this guest again, on this event's page alone. */
	welcome(c: AuraContext, code: string): void;
	/** Counts a search. @throws AuraError too_many_requests */
	search(c: AuraContext, code: string, isMore: boolean): Promise<void>;
	/**
	 * Counts a search that found nobody. One guest after the other who is on no photo is likely; hundreds behind one address
	 * are somebody who walks through faces.
	 * @returns true when the studio should be told: once an hour
	 * @throws AuraError too_many_requests
	 */
	foundNobody(c: AuraContext, code: string): Promise<boolean>;
}

export function createGuests(makeLimit: MakeLimit, signer: Signer, isTls: boolean): Guests {
	const grows = { isGrowing: true } as const;
	const byAddress = makeLimit({ name: 'scan-search', points: 60, seconds: 60, wait: 120 });
	const byGuest = makeLimit({ name: 'scan-guest', points: 10, seconds: HOUR, wait: 600, ...grows });
	const more = makeLimit({ name: 'scan-more', points: 60, seconds: HOUR, wait: 600, ...grows });
	// whoever lets nothing be kept is counted with all others of their address who do so
	const unknown = makeLimit({ name: 'scan-unknown', points: 60, seconds: HOUR, wait: 600 });
	const byEvent = makeLimit({ name: 'scan-event', points: 600, seconds: 60, wait: 60 });
	const nobody = makeLimit({ name: 'scan-nobody', points: 40, seconds: HOUR });
	const walking = makeLimit({ name: 'scan-walking', points: 120, seconds: HOUR, ...grows });
	const told = makeLimit({ name: 'scan-told', points: 1, seconds: HOUR });
	const isWithin = (taken: Promise<void>) =>
		taken.then(
			() => true,
			(error: unknown) => {
				if (error instanceof AuraError) return false;
				throw error;
			}
		);
	const guestOf = (c: AuraContext, code: string) => {
		const [id, token] = (getCookie(c, COOKIE) ?? '').split('.');
		return id && token && signer.isGuest(code, id, token) ? id : null;
	};
	return {
		welcome(c, code) {
			if (guestOf(c, code)) return;
			const id = randomBytes(12).toString('base64url');
			setCookie(c, COOKIE, `${id}.${signer.guest(code, id)}`, {
				path: `/api/scan/${code}`,
				httpOnly: true,
				secure: isTls,
				sameSite: 'Lax',
				maxAge: KNOWN
			});
		},
		async search(c, code, isMore) {
			const address = `${code} ${c.get('address')}`;
			await byAddress.take(address);
			await byEvent.take(code);
			const guest = guestOf(c, code);
			if (isMore) await more.take(guest ?? address);
			else if (guest) await byGuest.take(guest);
			else await unknown.take(address);
		},
		async foundNobody(c, code) {
			const address = `${code} ${c.get('address')}`;
			await walking.take(address);
			if (await isWithin(nobody.take(address))) return false;
			return isWithin(told.take(address));
		}
	};
}
