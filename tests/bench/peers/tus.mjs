// @tus/server with its file store, and tus-js-client, as their documentation starts them.
// tus.mjs serve FOLDER | tus.mjs send URL SCALE FILE...
import { createReadStream, statSync } from 'node:fs';
import http from 'node:http';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import { Upload } from 'tus-js-client';

const [mode, ...rest] = process.argv.slice(2);
if (mode === 'serve') {
	const tus = new Server({
		path: '/files',
		datastore: new FileStore({ directory: rest[0] }),
		relativeLocation: true
	});
	const server = http.createServer((request, response) => tus.handle(request, response));
	server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
} else {
	const [url, scale, ...files] = rest;
	const queue = files.values();
	const lane = async () => {
		for (const file of queue)
			await new Promise((done, fail) => {
				const upload = new Upload(createReadStream(file), {
					endpoint: `${url}/files`,
					uploadSize: statSync(file).size,
					chunkSize: 8 * 1024 * 1024,
					// the client's default delays, and then the last of them again and again
					retryDelays: [0, 1000, 3000, ...Array(1000).fill(5000)].map((ms) => ms / Number(scale)),
					onError: fail,
					onSuccess: done
				});
				upload.start();
			});
	};
	await Promise.all([lane(), lane(), lane()]);
	process.send?.({ done: true });
	process.disconnect?.();
}
