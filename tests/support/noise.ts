/** Bytes that look like compressed ones, the same for a seed, and no stretch of them the same for two (sfc32). */
export function noise(size: number, seed: number): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(size);
	let [a, b, c, d] = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88, 1];
	for (let i = -15; i < size; i++) {
		const t = (((a + b) | 0) + d) | 0;
		d = (d + 1) | 0;
		a = b ^ (b >>> 9);
		b = (c + (c << 3)) | 0;
		c = (((c << 21) | (c >>> 11)) + t) | 0;
		if (i >= 0) bytes[i] = t >>> 11;
	}
	return bytes;
}

/** A file that begins as another one does, and is like no other: what comes after an image's end is nobody's. */
export function padded(head: Uint8Array, size: number, seed: number): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(head.length + size);
	bytes.set(head);
	bytes.set(noise(size, seed), head.length);
	return bytes;
}
