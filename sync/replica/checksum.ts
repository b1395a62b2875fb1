// CRC-32 (ISO-HDLC, as in gzip and PNG) of what a device stores, to notice a torn or rotten row.

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
	let crc = byte;
	for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
	return crc;
});

/** @returns an unsigned number of 32 bits */
export function checksum(bytes: Uint8Array): number {
	let crc = 0xffff_ffff;
	for (const byte of bytes) crc = table[(crc ^ byte) & 255]! ^ (crc >>> 8);
	return (crc ^ 0xffff_ffff) >>> 0;
}
