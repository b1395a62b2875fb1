// npm run check: types, lint (with boundaries), format, unused code, sizes.
import { execFile } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkSizes } from './sizes.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (/** @type {string} */ name) => join(root, 'node_modules/.bin', name);

/** @typedef {[string, string[]]} Step */
/** @type {Step} */
const sync = ['svelte-kit', ['sync']];
/** The longest first. @type {Step[]} */
const steps = [
	['eslint', ['.', '--max-warnings', '0']],
	['svelte-check', ['--tsconfig', './tsconfig.json', '--output', 'human', '--fail-on-warnings']],
	['tsc', ['-p', 'tsconfig.node.json']],
	['prettier', ['--check', '--log-level', 'warn', '.']],
	['knip', ['--no-progress']]
];
/** Checks that run at the same time: each keeps a core busy, and takes a gigabyte. */
const LANES = 2;

/** @param {Step} step @returns {Promise<boolean>} whether it found nothing; what it found is printed */
const run = ([name, args]) =>
	new Promise((resolve) =>
		execFile(
			bin(name),
			args,
			{ cwd: root, maxBuffer: 64 * 1024 ** 2, shell: process.platform === 'win32' },
			(error, stdout, stderr) => {
				if (error)
					console.log(stdout + stderr + (typeof error.code === 'string' ? error.message : ''));
				resolve(!error);
			}
		)
	);

/** Runs every check. @returns how many passed and failed, and which failed */
export async function check() {
	const result = { passed: 0, failed: 0, failures: /** @type {string[]} */ ([]) };
	const note = (/** @type {string} */ name, /** @type {boolean} */ ok) => {
		console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}`);
		result[ok ? 'passed' : 'failed']++;
		if (!ok) result.failures.push(name);
	};
	await run(sync);
	const left = steps.values();
	const lane = async () => {
		for (const step of left) note(step[0], await run(step));
	};
	await Promise.all(Array.from({ length: LANES }, lane));
	const { buildAll } = await import('./build.mjs');
	await buildAll(root);
	for (const { name, bytes, limit } of checkSizes(root))
		note(`size of ${name}: ${(bytes / 1024).toFixed(1)} KB of ${limit / 1024}`, bytes <= limit);
	return result;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
	const { failed } = await check();
	process.exit(failed > 0 ? 1 : 0);
}
