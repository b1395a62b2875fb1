import { join } from 'node:path';
import { buildServer } from '../../tools/build-server.mjs';
import { root } from './paths.ts';

const outDir = join(root, '.cache/relay-thread');

/** The relay's thread as the sources are now, for servers within a test's process. */
export const relayThread = join(outDir, 'relay-thread.js');

/** The same, but for frames that make it stop: see its source. */
export const faultyThread = join(outDir, 'faulty-thread.js');

/** What makes many updates one, as it is built. */
export const fold = join(outDir, 'fold.js');

/** The thread that groups faces. */
export const peopleThread = join(outDir, 'people-thread.js');

/** The thread that looks at guests' pictures. */
export const facesThread = join(outDir, 'faces-thread.js');

/** The thread that tries models and makes faces anew. */
export const embedThread = join(outDir, 'embed-thread.js');

/** Before the tests. */
export default async function setup(): Promise<void> {
	await buildServer(root, {
		outDir,
		inputs: {
			'relay-thread': 'server/relay/thread/thread.ts',
			fold: 'server/relay/fold.ts',
			'people-thread': 'server/features/people/thread.ts',
			'faces-thread': 'server/features/faces/thread.ts',
			'embed-thread': 'server/features/faces/embed-thread.ts',
			'faulty-thread': 'tests/support/faulty-thread.ts'
		}
	});
}
