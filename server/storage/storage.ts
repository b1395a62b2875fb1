/** Bytes of a stored file, whole or in part. */
export interface StoredBytes {
	stream: ReadableStream<Uint8Array>;
	/** of this answer */
	length: number;
}

/** In one piece of memory: half the work of going through a `Response`. @throws Error when it ends early */
export async function readWhole({ stream, length }: StoredBytes): Promise<Uint8Array> {
	const bytes = Buffer.allocUnsafeSlow(length);
	let at = 0;
	for await (const part of stream) {
		bytes.set(part, at);
		at += part.length;
	}
	if (at < length) throw new Error(`a stored file ended after ${at} of ${length} bytes`);
	return bytes;
}

/** How a file is shown to somebody who gets it from the storage itself. */
export interface LinkOptions {
	/** until nobody gets it any more */
	seconds: number;
	contentType: string;
	/** RFC 6266 */
	contentDisposition?: string;
}

/** A file that was met below a folder. */
export interface Walked {
	path: string;
	size: number;
	/** ms since 1970 */
	modifiedAt: number;
}

/** What some bytes are. */
export interface Proof {
	size: number;
	/** 64 hexadecimal digits; left out where they were proven as they were written */
	sha256?: string;
}

/** Where file bytes live. Paths are ours: made of ids and hashes, never of what people typed. */
export interface Storage {
	/**
	 * Stores a file under a path, all of it or nothing.
	 * @param isLasting durable when it returns; pieces that would be sent again need not be
	 * @throws AuraError storage_full, unavailable when the storage cannot be reached
	 */
	put(
		path: string,
		chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
		isLasting?: boolean
	): Promise<void>;
	/**
	 * Gives the bytes of a stored file a second path, durably and all or nothing, without moving them through this
	 * process where the storage can. Neither file may be changed afterwards: on a disk they are one.
	 * @param proof what they must be, as a whole
	 * @returns false when there is no such file, or it is something else
	 * @throws AuraError as `put`
	 */
	copy(from: string, to: string, proof: Proof): Promise<boolean>;
	/**
	 * @param range inclusive, in bytes; what lies behind the end is not there
	 * @returns null when there is no such file
	 */
	get(path: string, range?: { start: number; end: number }): Promise<StoredBytes | null>;
	/** Names directly below a folder. */
	list(folder: string): Promise<string[]>;
	/** Every file below a folder, however deep. */
	walk(folder: string): AsyncGenerator<Walked>;
	/** Nothing happens when it is not there. */
	remove(path: string): Promise<void>;
	/** Removes a folder with everything in it. */
	removeFolder(folder: string): Promise<void>;
	/** An address where a browser gets the file without us; null: there is none. */
	link(path: string, options: LinkOptions): Promise<string | null>;
}
