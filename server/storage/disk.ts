import { mkdir, open, opendir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { randomUUID } from 'node:crypto';
import { AuraError } from '#shared/errors.ts';
import type { Storage } from './storage.ts';

const isCode = (error: unknown, ...codes: string[]) =>
	codes.includes((error as NodeJS.ErrnoException)?.code ?? '');

/** Bytes of one read or write: each is a trip to another thread. */
const STEP = 512 * 1024;

/** Small parts together, so that each write is worth its trip. */
async function* gathered(
	chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
): AsyncGenerator<Uint8Array> {
	let parts: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of chunks) {
		parts.push(chunk);
		size += chunk.length;
		if (size < STEP) continue;
		yield parts.length === 1 ? chunk : Buffer.concat(parts);
		parts = [];
		size = 0;
	}
	if (size > 0) yield Buffer.concat(parts);
}

/** Files below a folder of this machine. A file appears under its name only when it is whole and synced. */
export function diskStorage(root: string): Storage {
	const at = (path: string): string => {
		const full = join(root, path);
		if (full !== root && !full.startsWith(root + sep))
			throw new Error(`${path} leaves the storage`);
		return full;
	};
	return {
		async put(path, chunks, isLasting = true) {
			const target = at(path);
			const part = at(`.parts/${randomUUID()}`);
			await mkdir(dirname(target), { recursive: true });
			await mkdir(dirname(part), { recursive: true });
			try {
				const file = await open(part, 'w');
				try {
					for await (const bytes of gathered(chunks)) await file.writeFile(bytes);
					if (isLasting) await file.sync();
				} finally {
					await file.close();
				}
				await rename(part, target);
			} catch (error) {
				await rm(part, { force: true });
				if (isCode(error, 'ENOSPC', 'EDQUOT'))
					throw new AuraError(
						'storage_full',
						'The server has no room left. The file stays on your device and is sent again later.'
					);
				throw error;
			}
		},
		async get(path, range) {
			// opened before anything is said of it: then it can be read to its end, also when it is removed meanwhile
			const file = await open(at(path), 'r').catch((error: unknown) => {
				if (isCode(error, 'ENOENT', 'ENOTDIR')) return null;
				throw error;
			});
			if (!file) return null;
			const info = await file.stat();
			if (!info.isFile()) {
				await file.close();
				return null;
			}
			const stream = file.createReadStream({ ...range, autoClose: true, highWaterMark: STEP });
			const end = Math.min(range?.end ?? Infinity, info.size - 1);
			return {
				stream: Readable.toWeb(stream) as ReadableStream<Uint8Array>,
				length: Math.max(0, end - (range?.start ?? 0) + 1)
			};
		},
		async list(path) {
			return readdir(at(path)).catch((error: unknown) => {
				if (isCode(error, 'ENOENT', 'ENOTDIR')) return [];
				throw error;
			});
		},
		async *walk(folder) {
			const entries = await opendir(at(folder), { recursive: true }).catch((error: unknown) => {
				if (isCode(error, 'ENOENT', 'ENOTDIR')) return null;
				throw error;
			});
			for await (const entry of entries ?? []) {
				if (!entry.isFile()) continue;
				const full = join(entry.parentPath, entry.name);
				// removed since it was listed
				const info = await stat(full).catch(() => null);
				if (!info) continue;
				const path = relative(root, full).split(sep).join('/');
				yield { path, size: info.size, modifiedAt: info.mtimeMs };
			}
		},
		async remove(path) {
			await rm(at(path), { force: true });
		},
		async removeFolder(folder) {
			await rm(at(folder), { recursive: true, force: true });
		},
		async link() {
			return null;
		}
	};
}
