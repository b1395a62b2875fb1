// npm run simulate -- --seeds 100000 [--seed 1]: the simulation of sync for as long as wished.
// npm run simulate -- --seed 17 --trace: one seed, step by step.
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installPackages } from './install.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const { values } = parseArgs({
	options: {
		seeds: { type: 'string' },
		seed: { type: 'string', default: '1' },
		trace: { type: 'boolean', default: false }
	}
});
installPackages(root);
const run = spawnSync(
	process.execPath,
	[
		join(root, 'node_modules/vitest/vitest.mjs'),
		'run',
		'tests/simulation/sync.test.ts',
		'-t',
		'keeps its promises'
	],
	{
		cwd: root,
		stdio: 'inherit',
		env: {
			...process.env,
			AURA_SEED: values.seed,
			AURA_SEEDS: values.seeds ?? (values.trace ? '1' : '500'),
			AURA_TRACE: values.trace ? '1' : ''
		}
	}
);
process.exit(run.status ?? 1);
