/** No database text holds NUL, and none of ours half a character: Postgres refuses both. */
// eslint-disable-next-line no-control-regex -- NUL is exactly what is looked for
const unstorable = /\u0000|\p{Surrogate}/u;

export const isStorableText = (text: string): boolean => !unstorable.test(text);

/** Whether all texts in a JSON value, keys too, can be stored. */
export function isStorable(value: unknown): boolean {
	if (typeof value === 'string') return isStorableText(value);
	if (typeof value !== 'object' || value === null) return true;
	return Object.entries(value).every(([key, inner]) => isStorableText(key) && isStorable(inner));
}

/** The text with U+FFFD in place of what cannot be stored: for notes of what somebody sent. */
export const storableText = (text: string): string =>
	text.replaceAll(new RegExp(unstorable.source, 'gu'), '\uFFFD');
