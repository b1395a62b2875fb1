// Takes what cameras send: written piece by piece, hashed as it comes, kept under its hash when it is whole.
import { expose } from 'comlink';
import { type IHasher, createSHA256 } from 'hash-wasm';
import { type PhotoType, SNIFF_BYTES, sniffPhotoType } from '#shared/photos/format.ts';
import { removeFile } from '../../device/files.ts';
import { type Incoming, keepIncoming, openIncoming } from '../../device/incoming.ts';

/** What came of a file. */
export interface Received {
	sha256: string;
	/** bytes that came, whatever the camera said */
	size: number;
	/** null: it is no photo, and was not kept */
	type: PhotoType | null;
}

interface Open {
	file: Incoming;
	hash: IHasher;
	head: Uint8Array;
}

const files = new Map<string, Open>();

function take(open: Open, bytes: Uint8Array): void {
	open.hash.update(bytes);
	if (open.head.length >= SNIFF_BYTES) return;
	const rest = bytes.subarray(0, SNIFF_BYTES - open.head.length);
	open.head = Uint8Array.from([...open.head, ...rest]);
}

const openFile = (name: string): Open => {
	const open = files.get(name);
	if (!open) throw new Error(`${name} is not open.`);
	return open;
};

const api = {
	/** Opens a file of a name for this person. @returns bytes of it that are here from an earlier try */
	async open(person: string, name: string): Promise<number> {
		files.get(name)?.file.close();
		files.delete(name);
		const open = {
			file: await openIncoming(person, name),
			hash: await createSHA256(),
			head: new Uint8Array(0)
		};
		for (const piece of open.file.pieces()) take(open, piece);
		files.set(name, open);
		return open.file.size;
	},
	/**
	 * @param at where the piece belongs: at the end of what is here
	 * @throws DOMException QuotaExceededError when the device is full; what was here before stays
	 */
	async write(name: string, bytes: Uint8Array<ArrayBuffer>, at: number): Promise<void> {
		const open = openFile(name);
		try {
			open.file.write(bytes, at);
		} catch (error) {
			open.file.truncate(at);
			throw error;
		}
		take(open, bytes);
	},
	/** Puts a file down; it can be opened again. */
	async pause(name: string): Promise<void> {
		files.get(name)?.file.close();
		files.delete(name);
	},
	/** The file is whole: keeps it under its hash, unless it is no photo. */
	async finish(person: string, name: string): Promise<Received> {
		const { file, hash, head } = openFile(name);
		files.delete(name);
		const { size } = file;
		file.close();
		const sha256 = hash.digest('hex');
		const type = sniffPhotoType(head);
		if (type) await keepIncoming(person, name, sha256);
		else await removeFile(person, 'incoming', name);
		return { sha256, size, type };
	},
	/** Forgets what is here of a file. */
	async discard(person: string, name: string): Promise<void> {
		files.get(name)?.file.close();
		files.delete(name);
		await removeFile(person, 'incoming', name);
	}
};

export type ReceiveWorker = typeof api;
expose(api);
