// npm run check: types, lint (with boundaries), format, unused code, sizes.
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkSizes } from './sizes.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (/** @type {string} */ name) => join(root, 'node_modules/.bin', name);

/** @type {[string, string[]][]} */
const steps = [
	['svelte-kit', ['sync']],
	['svelte-check', ['--tsconfig', './tsconfig.json', '--output', 'human', '--fail-on-warnings']],
	['tsc', ['-p', 'tsconfig.node.json']],
	['eslint', ['.', '--max-warnings', '0']],
	['prettier', ['--check', '--log-level', 'warn', '.']],
	['knip', ['--no-progress']]
];

/** Runs every check. @returns how many passed and failed, and which failed */
export async function check() {
	const result = { passed: 0, failed: 0, failures: /** @type {string[]} */ ([]) };
	const note = (/** @type {string} */ name, /** @type {boolean} */ ok) => {
		console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}`);
		result[ok ? 'passed' : 'failed']++;
		if (!ok) result.failures.push(name);
	};
	for (const [name, args] of steps) {
		const run = spawnSync(bin(name), args, {
			cwd: root,
			encoding: 'utf8',
			shell: process.platform === 'win32'
		});
		if (run.status !== 0) console.log(run.stdout + run.stderr);
		if (name !== 'svelte-kit') note(name, run.status === 0);
	}
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
