const COLOURS = 6;

/** A colour of one's own: the same on all devices. @returns a value for CSS */
export function personColour(id: string): string {
	let sum = 0;
	for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
	return `var(--person-${(sum % COLOURS) + 1})`;
}
