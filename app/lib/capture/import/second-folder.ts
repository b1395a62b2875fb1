// A second copy of what is imported, in a folder of the computer: written, read back and compared.
import { safeFileName } from '#shared/photos/names.ts';
import { piecesOf } from '../../device/files.ts';

type Hash = (file: Blob) => Promise<string>;

/** @returns null where the folder has none of that name */
export async function fileOf(
	folder: FileSystemDirectoryHandle,
	name: string
): Promise<File | null> {
	try {
		return await (await folder.getFileHandle(name)).getFile();
	} catch (error) {
		if ((error as DOMException).name === 'NotFoundError') return null;
		throw error;
	}
}

async function write(folder: FileSystemDirectoryHandle, name: string, file: Blob): Promise<void> {
	const handle = await folder.getFileHandle(name, { create: true });
	const stream = await handle.createWritable();
	try {
		for await (const piece of piecesOf(file)) await stream.write(piece);
		await stream.close();
	} catch (error) {
		await stream.abort().catch(() => undefined);
		await folder.removeEntry(name).catch(() => undefined);
		throw error;
	}
}

/**
 * Writes a file under its name, or the next free one where another file has that; a file that is there already with the
 * same content is left as it is.
 * @param sha256 of the file
 * @returns the name that it has in the folder
 * @throws DOMException DataError when the folder gives back other bytes than it was given; QuotaExceededError when it is
 * full; NotAllowedError, NotFoundError when it cannot be reached any more
 */
export async function writeInto(
	folder: FileSystemDirectoryHandle,
	name: string,
	file: Blob,
	sha256: string,
	hashOf: Hash
): Promise<string> {
	const isSame = async (other: File) =>
		other.size === file.size && (await hashOf(other)) === sha256;
	const tried = new Set<string>();
	for (;;) {
		const candidate = safeFileName(name, tried);
		const there = await fileOf(folder, candidate);
		if (there && (await isSame(there))) return candidate;
		// an empty file is what a crash leaves of a name that was being written
		if (there && there.size > 0) continue;
		await write(folder, candidate, file);
		const back = await fileOf(folder, candidate);
		if (back && (await isSame(back))) return candidate;
		await folder.removeEntry(candidate).catch(() => undefined);
		throw new DOMException('The folder gives back other bytes than it was given.', 'DataError');
	}
}
