import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The project's folder. */
export const root = resolve(import.meta.dirname, '../..');

/** Real photos of people that come with a package. */
export const samplePhoto = (n: 1 | 2 | 3 | 4 | 5 | 6): string =>
	join(root, `node_modules/@vladmandic/face-api/demo/sample${n}.jpg`);

/** Labelled photos that not every clone has: AURA_FIXTURES, or the folder beside the project. */
export function fixtures(): string | null {
	const folder = process.env['AURA_FIXTURES'] ?? join(root, '../shared/fixtures');
	return existsSync(join(folder, 'people')) ? folder : null;
}
/** A film of the tests: vp9.mp4 */
export const filmOf = (name: string): string => join(root, 'tests/fixtures/films', name);
