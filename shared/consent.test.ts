import { expect, it } from 'vitest';
import { consentsOf, defaultConsent } from './consent.ts';

it('asks in the words of the studio, and in its languages alone', () => {
	expect(consentsOf({}).map(({ language }) => language)).toEqual(['en', 'am']);
	expect(consentsOf({ guestConsentEn: ' ' })[0]!.text).toBe(defaultConsent.en);
	const own = { guestConsentAm: ' እሺ ', other: 1 };
	expect(consentsOf(own)).toMatchObject([{ language: 'am', text: 'እሺ' }]);
});

it('has words for sending a picture in each language, unless the studio wants none', () => {
	const pictures = (settings: object) =>
		consentsOf({ ...settings }).map(({ picture }) => picture !== null && picture.length > 50);
	expect(pictures({})).toEqual([true, true]);
	expect(pictures({ guestConsentAm: 'እሺ', guestsSendPicture: true })).toEqual([true]);
	expect(pictures({ guestsSendPicture: false })).toEqual([false, false]);
	// who has to turn their head does it in front of their own camera
	expect(pictures({ guestsLiveness: true })).toEqual([false, false]);
});
