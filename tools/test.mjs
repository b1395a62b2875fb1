// npm test: installs what the tests need, builds, checks, and runs every suite. With --postgres: the suites that
// touch a database, on a real Postgres with files in an S3-compatible storage (those that TEST_… name, in Docker, or in a
// Debian chroot, whichever there is).
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureChromium } from './chromium.mjs';
import { installPackages } from './install.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const onPostgres = process.argv.includes('--postgres');

installPackages(root);
ensureChromium();

/** @typedef {{passed: number, failed: number, skipped: number}} Counts */

/**
 * Runs vitest and reads its counts.
 * @param {string[]} args @param {NodeJS.ProcessEnv} [env] @returns {Counts}
 */
function vitest(args, env = process.env) {
	const report = join(root, '.cache/test-report.json');
	mkdirSync(dirname(report), { recursive: true });
	rmSync(report, { force: true });
	const command = [
		join(root, 'node_modules/vitest/vitest.mjs'),
		'run',
		'--reporter=default',
		'--reporter=json'
	];
	const run = spawnSync(process.execPath, [...command, `--outputFile.json=${report}`, ...args], {
		cwd: root,
		stdio: 'inherit',
		env
	});
	try {
		const result = JSON.parse(readFileSync(report, 'utf8'));
		const failed = result.numFailedTests + (result.success || result.numFailedTests > 0 ? 0 : 1);
		return {
			passed: result.numPassedTests,
			failed,
			skipped: result.numPendingTests + result.numTodoTests
		};
	} catch {
		return { passed: 0, failed: run.status === 0 ? 0 : 1, skipped: 0 };
	}
}

/** @type {Counts[]} */
const all = [];
if (onPostgres) {
	const { buildAll } = await import('./build.mjs');
	await buildAll(root);
	const { startPostgres, startS3, startValkey } = await import('./services.mjs');
	const postgres = await startPostgres(root);
	const valkey = await startValkey();
	const s3 = await startS3();
	const env = {
		...process.env,
		TEST_DATABASE_URL: postgres.url,
		TEST_REDIS_URL: valkey.url,
		TEST_S3_URL: s3.url
	};
	try {
		all.push(vitest(['tests/integration', 'tests/security', 'tests/durability'], env));
		all.push(vitest(['--config', 'vitest.e2e.config.ts', 'main-path'], env));
	} finally {
		s3.stop();
		valkey.stop();
		postgres.stop();
	}
} else {
	const { check } = await import('./check.mjs');
	all.push({ ...(await check()), skipped: 0 });
	all.push(vitest([]));
	all.push(vitest(['--config', 'vitest.e2e.config.ts']));
}

const sum = all.reduce((a, b) => ({
	passed: a.passed + b.passed,
	failed: a.failed + b.failed,
	skipped: a.skipped + b.skipped
}));
const line = `${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`;
if (process.env.AURA_TEST_COUNTS) appendFileSync(process.env.AURA_TEST_COUNTS, `${line}\n`);
console.log(line);
process.exit(sum.failed > 0 ? 1 : 0);
