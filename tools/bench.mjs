// npm run bench -- NAME ...: runs benchmarks (all without a name) and prints one JSON line for each figure.
import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureChromium } from './chromium.mjs';
import { installPackages } from './install.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
installPackages(root);
ensureChromium();
process.chdir(root);
const { buildAll } = await import('./build.mjs');
await buildAll(root);
const { runnerImport } = await import('vite');

const folder = join(root, 'tests/bench');
const known = readdirSync(folder)
	.filter((name) => name.endsWith('.bench.ts'))
	.map((name) => name.replace('.bench.ts', ''));
const wanted = process.argv.slice(2);
for (const name of wanted)
	if (!known.includes(name)) {
		console.error(`There is no benchmark ${name}. There are: ${known.join(', ')}.`);
		process.exit(2);
	}
let failed = 0;
for (const name of wanted.length > 0 ? wanted : known) {
	try {
		const { module } = await runnerImport(join(folder, `${name}.bench.ts`), {
			root,
			configFile: false,
			logLevel: 'error'
		});
		const { run } = /** @type {{run: () => Promise<object[]>}} */ (module);
		for (const figure of await run()) console.log(JSON.stringify(figure));
	} catch (error) {
		failed++;
		console.error(`${name}:`, error);
	}
}
process.exit(failed > 0 ? 1 : 0);
