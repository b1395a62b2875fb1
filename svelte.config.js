import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	kit: {
		// One page is the shell of all others: they must open from the service worker alone.
		adapter: adapter({ pages: 'build/app', assets: 'build/app', fallback: 'shell.html' }),
		files: {
			src: 'app',
			lib: 'app/lib',
			routes: 'app/routes',
			assets: 'static',
			appTemplate: 'app/app.html',
			serviceWorker: 'app/service-worker'
		},
		serviceWorker: { register: false },
		version: { pollInterval: 0 },
		typescript: {
			config: (config) => ({
				...config,
				include: [
					'../app/**/*.ts',
					'../app/**/*.svelte',
					'../tests/bench/page/**/*.ts',
					'./ambient.d.ts',
					'./types/**/$types.d.ts'
				],
				compilerOptions: { ...config.compilerOptions, allowImportingTsExtensions: true }
			})
		}
	}
};
