// What axe finds on every page of the main path, at both widths, light and dark: by the same test that CI runs.
import { spawnSync } from 'node:child_process';
import { root } from '../support/paths.ts';
import { type Figure, figure } from './support.ts';

export function run(): Promise<Figure[]> {
	const { stdout } = spawnSync(
		process.execPath,
		[
			'node_modules/vitest/vitest.mjs',
			'run',
			'--config',
			'vitest.e2e.config.ts',
			'pages',
			'--reporter=json'
		],
		{ cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 }
	);
	const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as {
		numTotalTests: number;
		testResults: { assertionResults: { failureMessages: string[] }[] }[];
	};
	const messages = report.testResults.flatMap(({ assertionResults }) =>
		assertionResults.flatMap((each) => each.failureMessages)
	);
	const violations = messages.join('\n').match(/"rule"/g)?.length ?? messages.length;
	return Promise.resolve([
		figure('axe', violations, null, 'violations', 'ours = 0', { runs: report.numTotalTests })
	]);
}
