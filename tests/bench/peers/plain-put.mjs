// The simplest server that takes a file: streams a PUT to disk, hashes it, syncs it. plain-put.mjs FOLDER
import { createHash, randomUUID } from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const server = http.createServer(async (request, response) => {
	const hash = createHash('sha256');
	const part = join(folder, randomUUID());
	const file = await open(part, 'w');
	for await (const bytes of request) {
		hash.update(bytes);
		await file.writeFile(bytes);
	}
	await file.sync();
	await file.close();
	await rename(part, join(folder, `done-${randomUUID()}`));
	response.end(hash.digest('hex'));
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
process.on('disconnect', () => process.exit());
