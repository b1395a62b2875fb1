import { correctionWords } from '../photos/clocks.ts';

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
	if (root === 'clocks') {
		const camera = field ?? `camera ${id.slice(0, 4)}`;
		return `Clock of ${camera}: ${typeof value === 'number' ? correctionWords(value) : 'no correction'}`;
	}
	if (root === 'presets') {
		const preset = (value as { name?: string } | null)?.name;
		return preset ? `Preset ${preset}` : 'A preset removed';
	}
	// what they are called is a hash, and says nothing to people
	if (root === 'rights' || field === 'rights')
		return root === 'marks' ? `Rights of ${thing}` : 'Rights of photos';
	return field ? `${field} of ${thing}: ${said}` : `${root} of ${thing}`;
}
