// Bundles our own TypeScript for Node; packages stay in node_modules.
import { build } from 'vite';

const inputs = {
	main: 'server/main.ts',
	cli: 'server/cli/main.ts',
	'relay-thread': 'server/relay/thread/thread.ts',
	'people-thread': 'server/features/people/thread.ts',
	'faces-thread': 'server/features/faces/thread.ts',
	'embed-thread': 'server/features/faces/embed-thread.ts'
};

/**
 * @param {string} root
 * @param {{inputs?: Record<string, string>, outDir?: string}} [given]
 */
export async function buildServer(root, given = {}) {
	await build({
		root,
		configFile: false,
		logLevel: 'warn',
		publicDir: false,
		ssr: { noExternal: [/^#/] },
		build: {
			ssr: true,
			outDir: given.outDir ?? 'build/server',
			emptyOutDir: true,
			target: 'node20',
			sourcemap: true,
			rollupOptions: {
				input: given.inputs ?? inputs,
				output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' }
			}
		}
	});
}
