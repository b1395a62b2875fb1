// JavaScript that pages load before anybody can act, gzip: by the build's manifest, the same that `npm run check` guards.
import { checkSizes } from '../../tools/sizes.mjs';
import { root } from '../support/paths.ts';
import { type Figure, figure } from './support.ts';

export function run(): Promise<Figure[]> {
	return Promise.resolve(
		checkSizes(root).map(({ name, bytes, limit }) =>
			figure(`size of ${name}`, bytes / 1024, null, 'KB gzip', `ours <= ${limit / 1024}`)
		)
	);
}
