/** The two digits of each byte. */
const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
/** The value of a digit, by its character code. */
const values = new Uint8Array(128);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
	values[digit.charCodeAt(0)] = value;
	values[digit.toUpperCase().charCodeAt(0)] = value;
}

/** @returns lower-case hexadecimal of some bytes. */
export function toHex(bytes: Uint8Array): string {
	let out = '';
	for (const byte of bytes) out += digits[byte];
	return out;
}

/** @returns the bytes that `toHex` wrote. */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(hex.length >> 1);
	for (let i = 0; i < bytes.length; i++)
		bytes[i] = (values[hex.charCodeAt(2 * i)]! << 4) | values[hex.charCodeAt(2 * i + 1)]!;
	return bytes;
}

/** SHA-256 of bytes in memory, as 64 hexadecimal digits; for whole files prefer a streaming hash. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
	return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}
