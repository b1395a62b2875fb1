// Cuts files in a thread of its own, as the application does in a worker.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { runnerImport } from 'vite';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const { module } = await runnerImport(join(root, 'sync/transfer/chunker.ts'), {
	root,
	configFile: false,
	logLevel: 'error'
});
const { chunksOf } = /** @type {typeof import('../../../sync/transfer/chunker.ts')} */ (module);

parentPort?.on('message', async (/** @type {string} */ path) => {
	const chunks = [];
	for await (const bytes of chunksOf(createReadStream(path, { highWaterMark: 4 * 1024 * 1024 })))
		chunks.push({
			length: bytes.length,
			hash: createHash('sha256').update(bytes).digest('hex')
		});
	parentPort?.postMessage({ path, chunks });
});
parentPort?.postMessage({ path: null, chunks: [] });
