import { constants } from 'node:fs';
import {
	type FileHandle,
	copyFile,
	link,
	mkdir,
	open,
	opendir,
	readdir,
	rename,
	rm,
	stat
} from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { createHash, randomUUID } from 'node:crypto';
import { AuraError } from '#shared/errors.ts';
import type { Proof, Storage } from './storage.ts';

const isCode = (error: unknown, ...codes: string[]) =>
	codes.includes((error as NodeJS.ErrnoException)?.code ?? '');

const translated = (error: unknown): unknown =>
	isCode(error, 'ENOSPC', 'EDQUOT')
		? new AuraError(
				'storage_full',
				'The server has no room left. The file stays on your device and is sent again later.'
			)
		: error;

/** Bytes of one read or write: each is a trip to another thread. */
const STEP = 512 * 1024;

/** Small parts together, so that each write is worth its trip. */
async function* gathered(
	chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
): AsyncGenerator<Uint8Array[]> {
	let parts: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of chunks) {
		parts.push(chunk);
		size += chunk.length;
		if (size < STEP) continue;
		yield parts;
		parts = [];
		size = 0;
	}
	if (size > 0) yield parts;
}

async function writeAll(file: FileHandle, parts: Uint8Array[]): Promise<void> {
	const { bytesWritten } = await file.writev(parts);
	let left = bytesWritten;
	// a disk that is almost full takes some of it
	for (const part of parts) {
		if (left < part.length) await file.writeFile(part.subarray(left));
		left = Math.max(0, left - part.length);
	}
}

async function isProven(file: FileHandle, { size, sha256 }: Proof): Promise<boolean> {
	if ((await file.stat()).size !== size) return false;
	if (sha256 === undefined) return true;
	const hash = createHash('sha256');
	const buffer = Buffer.allocUnsafe(STEP);
	for (let at = 0; at < size;) {
		const { bytesRead } = await file.read(buffer, 0, STEP, at);
		if (bytesRead === 0) return false;
		hash.update(buffer.subarray(0, bytesRead));
		at += bytesRead;
	}
	return hash.digest('hex') === sha256;
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
					for await (const parts of gathered(chunks)) await writeAll(file, parts);
					if (isLasting) await file.sync();
				} finally {
					await file.close();
				}
				await rename(part, target);
			} catch (error) {
				await rm(part, { force: true });
				throw translated(error);
			}
		},
		async copy(from, to, proof) {
			const source = at(from);
			const target = at(to);
			const part = at(`.parts/${randomUUID()}`);
			await mkdir(dirname(target), { recursive: true });
			await mkdir(dirname(part), { recursive: true });
			try {
				await link(source, part).catch(async (error: unknown) => {
					// a file system without hard links
					if (!isCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK'))
						throw error;
					await copyFile(source, part, constants.COPYFILE_FICLONE);
				});
				const file = await open(part, 'r+');
				try {
					if (!(await isProven(file, proof))) return false;
					await file.sync();
				} finally {
					await file.close();
				}
				await rename(part, target);
				return true;
			} catch (error) {
				if (isCode(error, 'ENOENT', 'ENOTDIR')) return false;
				throw translated(error);
			} finally {
				// also where both names were one file already: then nothing was renamed
				await rm(part, { force: true });
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
