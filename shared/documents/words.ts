/**
 * A change of a document in words.
 * @param value what was set; null: cleared
 * @param name of the project or photo that the key is about
 */
export function changeWords(
	root: string,
	key: string,
	value: unknown,
	name?: string | null
): string {
	const [id = '', field] = key.split('/');
	const thing = name ?? id.slice(0, 8);
	const said =
		value === null ? 'cleared' : typeof value === 'string' ? value : JSON.stringify(value);
	if (key === '') return said === 'cleared' ? 'A change' : `A change to ${said}`;
	if (root === 'trash') return `${thing} ${value === null ? 'out of the trash' : 'to the trash'}`;
	if (root === 'photos') return `Photo ${thing}`;
	if (root === 'projects') return `Project ${thing}`;
	return field ? `${field} of ${thing}: ${said}` : `${root} of ${thing}`;
}
