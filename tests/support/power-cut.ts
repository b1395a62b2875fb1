// A disk that loses what was not synced: every write notes what it replaced, an fsync makes a file's writes lasting, and a
// power cut gives a copy of a folder in which all others are undone. Names of files last at once, as on a journaling disk.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

/** What was in a range of a file before it was written, or its size. */
interface Undo {
	size: number;
	at: number;
	bytes: Buffer;
}

const original = {
	writeSync: fs.writeSync,
	ftruncateSync: fs.ftruncateSync,
	truncateSync: fs.truncateSync,
	fsyncSync: fs.fsyncSync,
	fdatasyncSync: fs.fdatasyncSync
};

export interface LossyDisk {
	/** Copies a folder as a power cut now would leave it. */
	cut(from: string, to: string): void;
	/** files with writes that were not synced */
	unsynced(): number;
	stop(): void;
}

/** Watches all writes of this process by file descriptor. */
export function watchDisk(): LossyDisk {
	const undone = new Map<number, Undo[]>();
	const note = (fd: number, at: number, length: number) => {
		const stat = fs.fstatSync(fd);
		if (!stat.isFile()) return;
		const { ino, size } = stat;
		const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - at)));
		// a file that was opened for writing only is read over another descriptor
		const reader = fs.openSync(`/proc/self/fd/${fd}`, 'r');
		fs.readSync(reader, bytes, 0, bytes.length, at);
		fs.closeSync(reader);
		const list = undone.get(ino) ?? [];
		list.push({ size, at, bytes });
		undone.set(ino, list);
	};
	fs.writeSync = ((fd: number, ...rest: unknown[]) => {
		const [buffer, , length, position] = rest as [Buffer, number, number, number | null];
		if (typeof position === 'number') note(fd, position, length ?? buffer.length);
		return (original.writeSync as (...all: unknown[]) => number)(fd, ...rest);
	}) as typeof fs.writeSync;
	fs.ftruncateSync = (fd, length = 0) => {
		note(fd, length ?? 0, Number.MAX_SAFE_INTEGER);
		original.ftruncateSync(fd, length);
	};
	fs.truncateSync = (path, length = 0) => {
		const fd = fs.openSync(path as string, 'r+');
		fs.ftruncateSync(fd, length);
		fs.closeSync(fd);
	};
	fs.fsyncSync = (fd) => {
		undone.delete(fs.fstatSync(fd).ino);
		original.fsyncSync(fd);
	};
	fs.fdatasyncSync = fs.fsyncSync;
	syncBuiltinESMExports();
	const copy = (from: string, to: string) => {
		fs.mkdirSync(to, { recursive: true });
		for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
			const [source, target] = [join(from, entry.name), join(to, entry.name)];
			if (entry.isDirectory()) copy(source, target);
			else if (entry.isFile()) {
				fs.copyFileSync(source, target);
				const fd = fs.openSync(target, 'r+');
				for (const { size, at, bytes } of [
					...(undone.get(fs.statSync(source).ino) ?? [])
				].reverse()) {
					if (bytes.length > 0) original.writeSync(fd, bytes, 0, bytes.length, at);
					original.ftruncateSync(fd, size);
				}
				fs.closeSync(fd);
			}
		}
	};
	return {
		cut: copy,
		unsynced: () => undone.size,
		stop() {
			Object.assign(fs, original);
			syncBuiltinESMExports();
		}
	};
}
