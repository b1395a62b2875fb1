/** E-mail addresses in a text as people paste them: 'Selam <selam@example.com>; dawit@example.com', each once. */
export function addressesIn(text: string): string[] {
	const found = text.toLowerCase().match(/[^\s,;<>"()[\]]+@[^\s,;<>"()[\]]+\.[^\s,;<>"()[\]]+/g);
	return [...new Set((found ?? []).map((address) => address.replace(/\.+$/, '')))];
}
