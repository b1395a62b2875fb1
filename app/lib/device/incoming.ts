// Files that come in piece by piece: kept on the device from the first piece, so that a cut costs no more than one.
// For workers.
import { folderOf } from './files.ts';

/** A file that grows. */
export interface Incoming {
	/** bytes that are here */
	size: number;
	/** Reads what is here, piece by piece. */
	pieces(): Iterable<Uint8Array<ArrayBuffer>>;
	/** @throws DOMException QuotaExceededError when the device is full */
	write(bytes: Uint8Array<ArrayBuffer>, at: number): void;
	/** Cuts it to a length. */
	truncate(size: number): void;
	close(): void;
}

const READ_BYTES = 4 * 1024 ** 2;

/** Opens the file of this name, or begins it. @throws DOMException NoModificationAllowedError while another tab has it open */
export async function openIncoming(person: string, name: string): Promise<Incoming> {
	const folder = await folderOf(person, 'incoming', name);
	const handle = await folder.getFileHandle(name, { create: true });
	const access = await handle.createSyncAccessHandle();
	return {
		get size() {
			return access.getSize();
		},
		*pieces() {
			const size = access.getSize();
			for (let at = 0; at < size; at += READ_BYTES) {
				const piece = new Uint8Array(Math.min(READ_BYTES, size - at));
				access.read(piece, { at });
				yield piece;
			}
		},
		write(bytes, at) {
			if (access.write(bytes, { at }) < bytes.length)
				throw new DOMException('The device is full.', 'QuotaExceededError');
		},
		truncate: (size) => access.truncate(size),
		close() {
			access.flush();
			access.close();
		}
	};
}

/** Gives a closed file its place among the originals; one that is there already stays. */
export async function keepIncoming(person: string, name: string, sha256: string): Promise<void> {
	const from = await folderOf(person, 'incoming', name);
	const to = await folderOf(person, 'originals', sha256);
	const file = (await from.getFileHandle(name)) as FileSystemFileHandle & {
		move(folder: FileSystemDirectoryHandle, name: string): Promise<void>;
	};
	await file.move(to, sha256);
}
