import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig } from './config.ts';
import { start } from './start.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
	version: string;
};

const report = (error: unknown, requestId?: string) =>
	console.error(
		JSON.stringify({
			time: new Date().toISOString(),
			level: 'error',
			requestId,
			message: error instanceof Error ? (error.stack ?? error.message) : String(error)
		})
	);

try {
	const config = readConfig(process.env, root, version);
	const server = await start(config, report);
	const address = config.publicUrl ?? `http://localhost:${server.port}`;
	console.log(`Aura Pro ${version} is at ${address}`);
	if (server.setupToken)
		console.log(`Set up your studio: ${address}/setup?token=${server.setupToken}`);
	process.on('uncaughtException', (error) => {
		report(error);
		if (!server.database.survives?.(error)) process.exit(1);
	});
	let stopping = false;
	for (const signal of ['SIGINT', 'SIGTERM'] as const)
		process.on(signal, () => {
			if (stopping) process.exit(1);
			stopping = true;
			void server.stop().then(() => process.exit(0));
		});
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exit(1);
}
