import { expect, it } from 'vitest';
import { consentsOf, defaultConsent } from './consent.ts';

it('asks in the words of the studio, and in its languages alone', () => {
	expect(consentsOf({}).map(({ language }) => language)).toEqual(['en', 'am']);
	expect(consentsOf({ guestConsentEn: ' ' })[0]!.text).toBe(defaultConsent.en);
	expect(consentsOf({ guestConsentAm: ' እሺ ', other: 1 })).toEqual([
		{ language: 'am', text: 'እሺ' }
	]);
});
