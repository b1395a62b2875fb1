// What a guest agrees to before their face is looked at, in the studio's words.

/** Languages in which it can be said, as the browser names them, with their own names. */
export const consentLanguages = { en: 'English', am: 'አማርኛ' } as const;
export type ConsentLanguage = keyof typeof consentLanguages;

/** The settings that hold a studio's own words. */
export const CONSENT_SETTINGS: Record<ConsentLanguage, string> = {
	en: 'guestConsentEn',
	am: 'guestConsentAm'
};
/** Limit of one text, in characters. */
export const MAX_CONSENT = 500;

/** What is said where a studio says nothing of its own. */
export const defaultConsent: Record<ConsentLanguage, string> = {
	en: 'Your selfie stays on this phone: it is turned into numbers here, the numbers are compared once with this event’s photos, and nobody keeps them.',
	am: 'የራስዎ ፎቶ በዚህ ስልክ ላይ ይቆያል፤ እዚሁ ወደ ቁጥሮች ይቀየራል፤ ቁጥሮቹ ከዚህ ዝግጅት ፎቶዎች ጋር አንድ ጊዜ ይነጻጸራሉ፤ ማንም አያስቀምጣቸውም።'
};

/** What is agreed to where a guest would rather send a small picture than load what looks at one. */
const pictureConsent: Record<ConsentLanguage, string> = {
	en: 'A small picture of your face is sent to the studio’s server: it is turned into numbers there, the numbers are compared once with this event’s photos, and neither is kept.',
	am: 'የፊትዎ ትንሽ ፎቶ ወደ ስቱዲዮው ሰርቨር ይላካል፤ እዚያ ወደ ቁጥሮች ይቀየራል፤ ቁጥሮቹ ከዚህ ዝግጅት ፎቶዎች ጋር አንድ ጊዜ ይነጻጸራሉ፤ ፎቶውም ቁጥሮቹም አይቀመጡም።'
};

/** Name of the workspace's setting that is false where guests may not send a picture. */
export const GUESTS_PICTURE = 'guestsSendPicture';

/** Name of the workspace's setting that is true where guests have to turn their head: then no picture is sent either. */
export const GUESTS_LIVENESS = 'guestsLiveness';

/** Name of the workspace's setting that is true where guests may look for photos by the number on their bib, too. */
export const GUESTS_NUMBERS = 'guestsNumbers';

/** In which languages a guest is asked: those in which the studio says something, or else all that are known. */
export function consentsOf(
	settings: Record<string, unknown>
): { language: ConsentLanguage; text: string; picture: string | null }[] {
	const languages = Object.keys(consentLanguages) as ConsentLanguage[];
	const own = languages.flatMap((language) => {
		const text = settings[CONSENT_SETTINGS[language]];
		return typeof text === 'string' && text.trim() ? [{ language, text: text.trim() }] : [];
	});
	const said =
		own.length > 0
			? own
			: languages.map((language) => ({ language, text: defaultConsent[language] }));
	const mayPicture = settings[GUESTS_PICTURE] !== false && settings[GUESTS_LIVENESS] !== true;
	return said.map((each) => ({
		...each,
		picture: mayPicture ? pictureConsent[each.language] : null
	}));
}
