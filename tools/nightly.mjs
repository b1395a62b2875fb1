// npm run nightly: the long runs. Kills of the server, of Postgres and of the browser, power cuts, hostile messages, and the
// simulation, for hours; on Postgres and Valkey. AURA_SEED and the numbers below may be set from outside.
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureChromium } from './chromium.mjs';
import { installPackages } from './install.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
installPackages(root);
ensureChromium();
// they stand on packages that a fresh clone has only now
const { buildAll } = await import('./build.mjs');
const { startPostgres, startValkey } = await import('./services.mjs');
await buildAll(root);
const postgres = await startPostgres(root);
const valkey = await startValkey();
const env = {
	AURA_ROUNDS: '50',
	AURA_FUZZ: '1000000',
	AURA_SHOTS: '200',
	AURA_UPLOAD_SEEDS: '1000',
	AURA_CRASH_STRIDE: '1',
	...process.env,
	TEST_DATABASE_URL: postgres.url,
	TEST_REDIS_URL: valkey.url
};
const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run'];
const hours = ['--testTimeout', String(6 * 3_600_000)];
const runs = [
	[...vitest, 'tests/durability', ...hours],
	[...vitest, '-c', 'vitest.e2e.config.ts', 'tab-kill', 'cameras', ...hours],
	[...vitest, 'tests/security/fuzz.test.ts', 'tests/integration/upload', ...hours],
	[join(root, 'tools/simulate.mjs'), '--seeds', process.env.AURA_SEEDS ?? '100000']
];
try {
	// all of them, also after one that fails
	const failed = runs.filter(
		(args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status !== 0
	);
	process.exitCode = failed.length > 0 ? 1 : 0;
} finally {
	valkey.stop();
	postgres.stop();
}
