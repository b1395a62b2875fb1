// File bytes on this device, in the origin's private file system. Originals are named by their SHA-256,
// what was made of a photo by the photo's id. Works in pages and workers; writing is for workers.

/** 'incoming': parts of files that are still read from a camera */
export type FileArea = 'originals' | 'thumb' | 'web' | 'incoming';

/** @param person whose files; people who share a device do not see each other's */
export async function folderOf(
	person: string,
	area: FileArea,
	name: string
): Promise<FileSystemDirectoryHandle> {
	let folder = await navigator.storage.getDirectory();
	for (const part of ['people', person, area, name.slice(0, 2)])
		folder = await folder.getDirectoryHandle(part, { create: true });
	return folder;
}

/** @returns the file, or null when this device does not have it. */
export async function readFile(person: string, area: FileArea, name: string): Promise<File | null> {
	try {
		const folder = await folderOf(person, area, name);
		return await (await folder.getFileHandle(name)).getFile();
	} catch (error) {
		if ((error as DOMException).name === 'NotFoundError') return null;
		throw error;
	}
}

/** How long a file may stay open in a worker that was ended, milliseconds. */
const HELD_MS = 10_000;
const AGAIN_MS = 50;

/** Opens a file to be written; a worker that was just ended, with its page or because it hung, may still hold it. */
export async function openToWrite(
	handle: FileSystemFileHandle
): Promise<FileSystemSyncAccessHandle> {
	const end = Date.now() + HELD_MS;
	for (;;)
		try {
			return await handle.createSyncAccessHandle();
		} catch (error) {
			if ((error as DOMException).name !== 'NoModificationAllowedError' || Date.now() > end)
				throw error;
			await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
		}
}

/**
 * Writes a file whole and flushes it. A crash in between leaves a part that the next try overwrites:
 * a file counts only once the device's database names it.
 * @throws DOMException QuotaExceededError when the device is full; nothing is left behind
 */
export async function writeFile(
	person: string,
	area: FileArea,
	name: string,
	chunks: AsyncIterable<Uint8Array<ArrayBuffer>> | Iterable<Uint8Array<ArrayBuffer>>
): Promise<void> {
	const folder = await folderOf(person, area, name);
	const handle = await folder.getFileHandle(name, { create: true });
	const access = await openToWrite(handle);
	let at = 0;
	try {
		access.truncate(0);
		for await (const chunk of chunks) {
			const written = access.write(chunk, { at });
			if (written < chunk.length)
				throw new DOMException('The device is full.', 'QuotaExceededError');
			at += written;
		}
		access.flush();
		access.close();
	} catch (error) {
		access.close();
		await folder.removeEntry(name).catch(() => undefined);
		throw error;
	}
}

/** Writes from a page, where only streams are at hand. */
export async function saveFile(
	person: string,
	area: FileArea,
	name: string,
	blob: Blob
): Promise<void> {
	const folder = await folderOf(person, area, name);
	const handle = await folder.getFileHandle(name, { create: true });
	const stream = await handle.createWritable();
	await blob.stream().pipeTo(stream);
}

/** Reads a blob piece by piece; the next one is read while one is worked on. */
export async function* piecesOf(
	blob: Blob,
	size = 4 * 1024 * 1024
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
	const read = (at: number) => {
		const piece = blob.slice(at, at + size).arrayBuffer();
		// heard when it is its turn, if it comes to that
		piece.catch(() => undefined);
		return piece;
	};
	let next = read(0);
	for (let at = 0; at < blob.size; at += size) {
		const bytes = new Uint8Array(await next);
		if (at + size < blob.size) next = read(at + size);
		yield bytes;
	}
}

/** Removes a file, if it is there. */
export async function removeFile(person: string, area: FileArea, name: string): Promise<void> {
	const folder = await folderOf(person, area, name);
	await folder.removeEntry(name).catch((error: unknown) => {
		if ((error as DOMException).name !== 'NotFoundError') throw error;
	});
}

const areas: FileArea[] = ['originals', 'thumb', 'web', 'incoming'];

/** Every file that a person has on this device. */
export async function* walkFiles(
	person: string
): AsyncGenerator<{ area: FileArea; name: string; size: number; lastModified: number }> {
	const root = await navigator.storage.getDirectory();
	const people = await root.getDirectoryHandle('people', { create: true });
	const mine = await people.getDirectoryHandle(person, { create: true });
	for (const area of areas) {
		const folder = await mine.getDirectoryHandle(area, { create: true });
		for await (const part of folder.values()) {
			if (part.kind !== 'directory') continue;
			for await (const entry of (part as FileSystemDirectoryHandle).values()) {
				if (entry.kind !== 'file') continue;
				// removed since it was listed
				const file = await (entry as FileSystemFileHandle).getFile().catch(() => null);
				if (file) yield { area, name: file.name, size: file.size, lastModified: file.lastModified };
			}
		}
	}
}
