/** Formats of photos that are taken in, by what is inside, never by name. */
export const photoTypes = [
	'image/jpeg',
	'image/png',
	'image/webp',
	'image/heic',
	'image/avif',
	'image/x-raw'
] as const;
export type PhotoType = (typeof photoTypes)[number];

const ascii = (bytes: Uint8Array, from: number, length: number) =>
	String.fromCharCode(...bytes.subarray(from, from + length));

const heicBrands = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1']);

/**
 * Tells a photo's format by its first bytes.
 * @param head at least 64 bytes, or the whole file when it is shorter
 * @returns null when it is none that we take
 */
export function sniffPhotoType(head: Uint8Array): PhotoType | null {
	if (head.length < 12) return null;
	if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'image/jpeg';
	if (ascii(head, 0, 8) === '\x89PNG\r\n\x1a\n') return 'image/png';
	if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 4) === 'WEBP') return 'image/webp';
	if (ascii(head, 4, 4) === 'ftyp') {
		const brand = ascii(head, 8, 4);
		if (brand === 'crx ') return 'image/x-raw';
		if (brand === 'avif' || brand === 'avis') return 'image/avif';
		if (heicBrands.has(brand)) return 'image/heic';
		return null;
	}
	if (ascii(head, 0, 15) === 'FUJIFILMCCD-RAW') return 'image/x-raw';
	// TIFF and its relatives: CR2, NEF, ARW, DNG, PEF ('II*\0', 'MM\0*'), ORF ('IIRO', 'IIRS'), RW2 ('IIU\0')
	const order = ascii(head, 0, 4);
	if (['II*\0', 'MM\0*', 'IIRO', 'IIRS', 'MMOR', 'IIU\0'].includes(order)) return 'image/x-raw';
	return null;
}

/** File name extension of a type, as stored names carry it. */
export const extensionOf: Record<PhotoType, string> = {
	'image/jpeg': 'jpg',
	'image/png': 'png',
	'image/webp': 'webp',
	'image/heic': 'heic',
	'image/avif': 'avif',
	'image/x-raw': 'raw'
};
