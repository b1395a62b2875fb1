/** Bytes of a stored file, whole or in part. */
export interface StoredBytes {
	stream: ReadableStream<Uint8Array>;
	/** of this answer */
	length: number;
}

/** Where file bytes live. Paths are ours: made of ids and hashes, never of what people typed. */
export interface Storage {
	/**
	 * Stores a file under a path, all of it or nothing.
	 * @param isLasting durable when it returns; pieces that would be sent again need not be
	 */
	put(
		path: string,
		chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
		isLasting?: boolean
	): Promise<void>;
	/** @returns null when there is no such file. `range` is inclusive, in bytes. */
	get(path: string, range?: { start: number; end: number }): Promise<StoredBytes | null>;
	/** Names directly below a folder. */
	list(folder: string): Promise<string[]>;
	/** Removes a file or a folder with everything in it; nothing happens when it is not there. */
	remove(path: string): Promise<void>;
}
