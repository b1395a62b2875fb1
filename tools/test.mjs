// npm test: installs what the tests need, builds, checks, and runs every suite. With --postgres: the suites that
// touch a database, on a real Postgres with files in an S3-compatible storage (those that TEST_… name, in Docker, or in a
// Debian chroot, whichever there is).
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureChromium } from './chromium.mjs';
import { installPackages } from './install.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const onPostgres = process.argv.includes('--postgres');

installPackages(root);
ensureChromium();

/** What failed, for the end of the output: what is above it may be long. @type {string[]} */
const failures = [];

/**
 * @typedef {{status: string, fullName: string, failureMessages: string[]}} Assertion
 * @typedef {{name: string, status: string, message: string, assertionResults: Assertion[]}} TestFile
 * @typedef {{testResults: TestFile[], success: boolean, numFailedTests: number, numPassedTests: number,
 *   numPendingTests: number, numTodoTests: number}} Report
 */
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
		/** @type {Report} */
		const result = JSON.parse(readFileSync(report, 'utf8'));
		for (const file of result.testResults) {
			const failing = file.assertionResults.filter(({ status }) => status === 'failed');
			for (const { fullName, failureMessages } of failing)
				failures.push(`${relative(root, file.name)}: ${fullName}\n${brief(failureMessages)}`);
			if (file.status === 'failed' && failing.length === 0)
				failures.push(`${relative(root, file.name)}\n${brief([file.message])}`);
		}
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

/** @param {string[]} messages */
const brief = (messages) =>
	messages
		.join('\n')
		.split('\n')
		.slice(0, 16)
		.map((text) => `    ${text}`)
		.join('\n');

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
		// each test has a database and a bucket of its own
		const suites = ['tests/integration', 'tests/security', 'tests/durability'];
		// these know no database: they have run
		const without = ['cameras', 'eyes', 'films', 'metadata', 'raw', 'xmp']
			.map((name) => `tests/integration/${name}.test.ts`)
			.concat('tests/security/fuzz.test.ts', 'tests/durability/power-cut.test.ts')
			.flatMap((path) => ['--exclude', path]);
		all.push(vitest([...without, ...suites], env));
		all.push(vitest(['--config', 'vitest.e2e.config.ts', 'main-path', 'guests'], env));
	} finally {
		s3.stop();
		valkey.stop();
		postgres.stop();
	}
} else {
	const { check } = await import('./check.mjs');
	const { passed, failed, failures: checks } = await check();
	all.push({ passed, failed, skipped: 0 });
	failures.push(...checks);
	all.push(vitest([]));
	all.push(vitest(['--config', 'vitest.e2e.config.ts']));
}

const sum = all.reduce((a, b) => ({
	passed: a.passed + b.passed,
	failed: a.failed + b.failed,
	skipped: a.skipped + b.skipped
}));
const line = `${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`;
for (const failure of failures) console.log(`FAILED ${failure}`);
if (process.env.AURA_TEST_FAILURES && failures.length > 0)
	appendFileSync(
		process.env.AURA_TEST_FAILURES,
		failures.map((text) => `FAILED ${text}\n`).join('')
	);
if (process.env.AURA_TEST_COUNTS) appendFileSync(process.env.AURA_TEST_COUNTS, `${line}\n`);
console.log(line);
process.exit(sum.failed > 0 ? 1 : 0);
