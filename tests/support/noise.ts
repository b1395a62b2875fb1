/** Bytes that look like compressed ones, the same for a seed. */
export function noise(size: number, seed: number): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(size);
	let state = (seed * 2654435761) >>> 0 || 1;
	for (let i = 0; i < size; i++) {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		bytes[i] = state >>> 11;
	}
	return bytes;
}
