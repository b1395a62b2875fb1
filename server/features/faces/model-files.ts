// Files of models: compared with what was said of them, and run, before anybody can choose them.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AuraError } from '#shared/errors.ts';
import { MAX_MODEL_BYTES } from '#shared/faces/manifest.ts';
import type { Database } from '../../database/database.ts';
import type { Storage } from '../../storage/storage.ts';
import { placeModel, requireModel } from './models.ts';
import type { Reembed } from './reembed.ts';

/**
 * Takes the file of a model. One that was there before stays until this one has proven itself.
 * @throws AuraError not_found; invalid when it is another file, or does not do what was said; too_large
 */
export async function placeFile(
	{
		database,
		storage,
		reembed,
		folder
	}: { database: Database; storage: Storage; reembed: Reembed; folder: string },
	id: string,
	bytes: AsyncIterable<Uint8Array>
): Promise<void> {
	const { manifest, path: before } = await requireModel(database, id);
	await mkdir(folder, { recursive: true });
	const file = join(folder, `${id}.${randomUUID().slice(0, 8)}.part`);
	const hash = createHash('sha256');
	let size = 0;
	try {
		await pipeline(
			Readable.from(bytes),
			async function* (parts: AsyncIterable<Uint8Array>) {
				for await (const part of parts) {
					size += part.length;
					if (size > MAX_MODEL_BYTES)
						throw new AuraError('too_large', 'The file is larger than models may be.');
					hash.update(part);
					yield part;
				}
			},
			createWriteStream(file)
		);
		const sha256 = hash.digest('hex');
		if (sha256 !== manifest.sha256)
			throw new AuraError(
				'invalid',
				`This is another file: its SHA-256 is ${sha256}, and ${manifest.sha256} was said.`
			);
		const tried = await reembed.ask({ kind: 'try', file, manifest });
		if (!tried || !('contract' in tried))
			throw new AuraError(
				'invalid',
				(tried && 'fault' in tried && tried.fault) || 'It cannot be run.'
			);
		const path = `models/${id}.${randomUUID().slice(0, 8)}.onnx`;
		await storage.put(path, createReadStream(file) as AsyncIterable<Uint8Array>);
		await placeModel(database, id, { contract: tried.contract, size, path });
		if (before) await storage.remove(before);
	} finally {
		await rm(file, { force: true });
	}
}
