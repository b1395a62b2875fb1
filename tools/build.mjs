// Builds what is stale: models, application, server.
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { buildServer } from './build-server.mjs';
import { prepareModels } from './models/prepare.mjs';
import { fingerprint, whenStale } from './stale.mjs';

const compressible = new Set([
	'.js',
	'.mjs',
	'.css',
	'.html',
	'.json',
	'.svg',
	'.webmanifest',
	'.wasm',
	'.onnx',
	'.tflite'
]);

/** Every file below a folder. @param {string} folder @returns {string[]} */
const filesBelow = (folder) =>
	readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
		entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]
	);

/**
 * Writes .br and .gz beside what the server sends often. Large files keep their name as long as their
 * content, so what was compressed once is taken from the cache.
 * @param {string} folder @param {string} cache
 */
function compress(folder, cache) {
	mkdirSync(cache, { recursive: true });
	for (const file of filesBelow(folder)) {
		if (!compressible.has(extname(file)) || statSync(file).size < 1024) continue;
		const bytes = readFileSync(file);
		const isLarge = bytes.length > 500_000;
		const cached = join(cache, `${basename(file)}.${bytes.length}.br`);
		const isCached = isLarge && existsSync(cached);
		const brotli = isCached
			? readFileSync(cached)
			: brotliCompressSync(bytes, {
					params: {
						[constants.BROTLI_PARAM_QUALITY]: isLarge ? 9 : 11,
						[constants.BROTLI_PARAM_SIZE_HINT]: bytes.length
					}
				});
		if (isLarge && !isCached) writeFileSync(cached, brotli);
		writeFileSync(`${file}.br`, brotli);
		if (!isLarge) writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
	}
}

const appInputs = [
	'app',
	'shared',
	'sync',
	'static',
	'svelte.config.js',
	'vite.config.ts',
	'package-lock.json',
	'tools'
];
const serverInputs = ['server', 'shared', 'sync', 'package-lock.json', 'tools'];

/** @param {string} root the project's folder */
export async function buildAll(root) {
	const stamps = join(root, 'build/.stamps');
	await whenStale(
		join(stamps, 'models'),
		fingerprint(root, ['tools/models', 'shared/faces/models.ts', 'package-lock.json']),
		() => prepareModels(root)
	);
	await whenStale(join(stamps, 'app'), fingerprint(root, appInputs), async () => {
		console.log('Building the application…');
		await build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'warn' });
		compress(join(root, 'build/app'), join(root, '.cache/brotli'));
	});
	await buildServerIfStale(root);
}

/** What the command line needs. @param {string} root */
export async function buildServerIfStale(root) {
	await whenStale(join(root, 'build/.stamps/server'), fingerprint(root, serverInputs), async () => {
		console.log('Building the server…');
		await buildServer(root);
	});
}

const [, script] = process.argv;
if (script && resolve(script) === fileURLToPath(import.meta.url))
	await buildAll(resolve(dirname(script), '..'));
