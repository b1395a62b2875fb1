// npm run dev: the application with hot reload on Vite's port, the server rebuilt and restarted when it changes.
import { execFileSync, spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from './install.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
installPackages(root);
// whatever the shell says: only development builds have the simulated camera
process.env.NODE_ENV = 'development';
const { prepareModels } = await import('./models/prepare.mjs');
const { buildServer } = await import('./build-server.mjs');
const { createServer } = await import('vite');
// the server's build reads the configuration of types that it writes
execFileSync(process.execPath, [join(root, 'node_modules/@sveltejs/kit/svelte-kit.js'), 'sync'], {
	cwd: root,
	stdio: 'inherit'
});
prepareModels(root);

const vite = await createServer({ root, configFile: join(root, 'vite.config.ts') });
await vite.listen();
// links of the server lead to the pages, which are there
const publicUrl = process.env.PUBLIC_URL || vite.resolvedUrls?.local[0]?.replace(/\/$/, '');
const env = { ...process.env, ...(publicUrl ? { PUBLIC_URL: publicUrl } : {}) };

/** @type {import('node:child_process').ChildProcess | null} */
let running = null;
async function restart() {
	const old = running;
	running = null;
	if (old) await new Promise((done) => (old.once('exit', done), old.kill()));
	await buildServer(root);
	running = spawn(process.execPath, [join(root, 'build/server/main.js')], {
		stdio: 'inherit',
		env
	});
}
await restart();
/** @type {NodeJS.Timeout | undefined} */
let timer;
for (const folder of ['server', 'sync', 'shared'])
	watch(join(root, folder), { recursive: true }, () => {
		clearTimeout(timer);
		timer = setTimeout(() => void restart().catch(console.error), 300);
	});
vite.printUrls();
process.on('SIGINT', () => {
	running?.kill();
	process.exit(0);
});
