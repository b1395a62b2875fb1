// Bundles our own TypeScript for Node; packages stay in node_modules.
import { build } from 'vite';

/** @param {string} root */
export async function buildServer(root) {
	await build({
		root,
		configFile: false,
		logLevel: 'warn',
		publicDir: false,
		ssr: { noExternal: [/^#/] },
		build: {
			ssr: true,
			outDir: 'build/server',
			emptyOutDir: true,
			target: 'node20',
			sourcemap: true,
			rollupOptions: {
				input: { main: 'server/main.ts', cli: 'server/cli/main.ts' },
				output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' }
			}
		}
	});
}
