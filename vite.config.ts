import { sveltekit } from '@sveltejs/kit/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { litertModule } from './tools/litert-module.mjs';

const api = process.env.AURA_API ?? 'http://localhost:3000';

/**
 * Workers are built apart: an engine that a page names as well must be one file, kept once. What loads an engine is known by its
 * name, so that a device keeps only what it needed (app/service-worker).
 */
const namesInWorkers: Plugin = {
	name: 'aura:names-in-workers',
	configResolved(config) {
		const output = config.worker.rolldownOptions.output;
		for (const each of Array.isArray(output) ? output : [output])
			if (each) {
				each.assetFileNames = '_app/immutable/assets/[name].[hash][extname]';
				each.chunkFileNames = '_app/immutable/workers/chunks/[name].[hash].js';
			}
	}
};

export default defineConfig({
	plugins: [sveltekit(), namesInWorkers, litertModule()],
	build: { target: 'es2022', chunkSizeWarningLimit: 2000 },
	worker: { format: 'es', plugins: () => [litertModule()] },
	optimizeDeps: { exclude: ['onnxruntime-web', '@litertjs/core', '@mediapipe/tasks-vision'] },
	server: {
		// the simulated camera of development builds
		fs: { allow: ['tests/support/ptp-camera'] },
		headers: {
			'Cross-Origin-Opener-Policy': 'same-origin',
			'Cross-Origin-Embedder-Policy': 'require-corp'
		},
		// the host as the page has it: the server compares it with the origin
		proxy: {
			'/api': { target: api, changeOrigin: false },
			// documents alone: the folder of this name has sources
			'^/sync/(workspace|event|desk)/': { target: api, ws: true, changeOrigin: false }
		}
	},
	test: {
		globalSetup: ['tests/support/relay-thread.ts', 'tests/support/role.ts'],
		setupFiles: ['tests/support/property.ts'],
		include: [
			'{shared,sync,server,app,tools}/**/*.test.ts',
			'tests/{simulation,integration,security,durability}/**/*.test.ts'
		],
		exclude: ['**/node_modules/**', '.cache/**'],
		// on two cores, two files at a time take a good third less than one after the other
		maxWorkers: 2,
		testTimeout: 120_000,
		hookTimeout: 120_000
	}
});
