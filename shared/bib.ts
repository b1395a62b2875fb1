/**
 * A number as it is on a bib: '42', 'B 1042', '17a'. Names are none: whoever knows one would see its photos.
 * @returns null: this is no number
 */
export function bibOf(text: string): string | null {
	const bib = text.replaceAll(/[\s-]/g, '').toUpperCase();
	return /^[A-Z]{0,3}\d{1,6}[A-Z]?$/.test(bib) ? bib : null;
}
