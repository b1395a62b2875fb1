// Files that are known to be on this device as they were given: written, flushed, read back and compared. For workers.
import { type FileArea, folderOf, openToWrite, piecesOf } from './files.ts';
import { hashOfBytes, hashOfPieces } from './hash.ts';

const READ_BYTES = 4 * 1024 ** 2;
const ATTEMPTS = 2;

function put(access: FileSystemSyncAccessHandle, bytes: Uint8Array<ArrayBuffer>, at: number): void {
	if (access.write(bytes, { at }) < bytes.length)
		throw new DOMException('The device is full.', 'QuotaExceededError');
}

function* piecesIn(access: FileSystemSyncAccessHandle): Generator<Uint8Array> {
	const piece = new Uint8Array(READ_BYTES);
	for (let at = 0, read; (read = access.read(piece, { at })) > 0; at += read)
		yield piece.subarray(0, read);
}

/**
 * Writes a file whole and compares what is there then; once more where it differs. A crash in between leaves a part that
 * the next try overwrites: a file counts only once the device's database names it.
 * @param sha256 of the file
 * @param whole all of its bytes, where they are in memory already; they are written over
 * @returns false when the device gave back other bytes than it was given; nothing is left behind then
 * @throws DOMException QuotaExceededError when the device is full; nothing is left behind
 */
export async function writeVerified(
	person: string,
	area: FileArea,
	name: string,
	sha256: string,
	file: Blob,
	whole: Uint8Array<ArrayBuffer> | null
): Promise<boolean> {
	const folder = await folderOf(person, area, name);
	const handle = await folder.getFileHandle(name, { create: true });
	const access = await openToWrite(handle);
	let isWritten = false;
	try {
		for (let attempt = 0; attempt < ATTEMPTS && !isWritten; attempt++) {
			access.truncate(0);
			let at = 0;
			for await (const piece of whole ? [whole] : piecesOf(file)) {
				put(access, piece, at);
				at += piece.length;
			}
			access.flush();
			if (whole) access.read(whole, { at: 0 });
			const found = whole ? await hashOfBytes(whole) : await hashOfPieces(piecesIn(access));
			isWritten = found === sha256 && access.getSize() === file.size;
			if (!isWritten && whole) whole = new Uint8Array(await file.arrayBuffer());
		}
	} finally {
		access.close();
		if (!isWritten) await folder.removeEntry(name).catch(() => undefined);
	}
	return isWritten;
}
