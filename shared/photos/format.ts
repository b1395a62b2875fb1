/** Films, by their containers. */
const filmTypes = [
	'video/mp4',
	'video/quicktime',
	'video/webm',
	'video/x-matroska',
	'video/mp2t',
	'video/x-msvideo'
] as const;
/** Formats that are taken in, by what is inside, never by name. */
export const photoTypes = [
	'image/jpeg',
	'image/png',
	'image/webp',
	'image/heic',
	'image/avif',
	'image/x-raw',
	...filmTypes
] as const;
export type PhotoType = (typeof photoTypes)[number];

export type FilmType = (typeof filmTypes)[number];

export const isFilm = (type: PhotoType): type is FilmType => type.startsWith('video/');

const ascii = (bytes: Uint8Array, from: number, length: number) =>
	String.fromCharCode(...bytes.subarray(from, from + length));

const heicBrands = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1']);
/** Brands of films that cameras, phones and programs write (mp4ra.org). */
const filmBrands =
	/^(iso[m2-9]|mp4[12]|avc1|M4V|3g[ep2-9]|MSNV|XAVC|CAEP|niko|pana|mmp4|NDS|F4V|hvc1|dby1|dash)/;
/** QuickTime files from before brands begin with one of these. */
const quickTimeBoxes = new Set(['moov', 'mdat', 'wide', 'pnot']);

/** How many bytes of a file tell its format. */
export const SNIFF_BYTES = 512;

/** ISO base media: the brand says what it is, or those that it is compatible with. */
function sniffBrands(head: Uint8Array): PhotoType | null {
	const end = Math.min(head.length, new DataView(head.buffer, head.byteOffset).getUint32(0));
	const brands = [ascii(head, 8, 4)];
	for (let at = 16; at + 4 <= end; at += 4) brands.push(ascii(head, at, 4));
	const [major] = brands as [string, ...string[]];
	if (major === 'crx ') return 'image/x-raw';
	if (major === 'avif' || major === 'avis') return 'image/avif';
	if (heicBrands.has(major)) return 'image/heic';
	if (major === 'qt  ') return 'video/quicktime';
	// what is heard only has brands of its own
	if (/^(M4[ABP]|F4A)/.test(major)) return null;
	return brands.some((brand) => filmBrands.test(brand)) ? 'video/mp4' : null;
}

/** MPEG transport streams have a mark in each packet; those of camcorders four bytes before it (ISO/IEC 13818-1, 2.4.3.2). */
function isTransportStream(head: Uint8Array): boolean {
	const repeats = (first: number, length: number) =>
		head[first] === 0x47 && head[first + length] === 0x47 && first + length < head.length;
	return repeats(0, 188) || repeats(4, 192);
}

/**
 * Tells a file's format by its first bytes.
 * @param head at least SNIFF_BYTES, or the whole file when it is shorter
 * @returns null when it is none that we take
 */
export function sniffPhotoType(head: Uint8Array): PhotoType | null {
	if (head.length < 12) return null;
	if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'image/jpeg';
	if (ascii(head, 0, 8) === '\x89PNG\r\n\x1a\n') return 'image/png';
	if (ascii(head, 0, 4) === 'RIFF') {
		const kind = ascii(head, 8, 4);
		return kind === 'WEBP' ? 'image/webp' : kind === 'AVI ' ? 'video/x-msvideo' : null;
	}
	const box = ascii(head, 4, 4);
	if (box === 'ftyp') return sniffBrands(head);
	if (quickTimeBoxes.has(box)) return 'video/quicktime';
	if (ascii(head, 0, 15) === 'FUJIFILMCCD-RAW') return 'image/x-raw';
	// TIFF and its relatives: CR2, NEF, ARW, DNG, PEF ('II*\0', 'MM\0*'), ORF ('IIRO', 'IIRS'), RW2 ('IIU\0')
	const order = ascii(head, 0, 4);
	if (['II*\0', 'MM\0*', 'IIRO', 'IIRS', 'MMOR', 'IIU\0'].includes(order)) return 'image/x-raw';
	// EBML (RFC 8794); the document's type stands in its header
	if (order === '\x1aE\xdf\xa3')
		return ascii(head, 0, Math.min(head.length, 64)).includes('webm')
			? 'video/webm'
			: 'video/x-matroska';
	return isTransportStream(head) ? 'video/mp2t' : null;
}

/** File name extension of a type, as stored names carry it. */
export const extensionOf: Record<PhotoType, string> = {
	'image/jpeg': 'jpg',
	'image/png': 'png',
	'image/webp': 'webp',
	'image/heic': 'heic',
	'image/avif': 'avif',
	'image/x-raw': 'raw',
	'video/mp4': 'mp4',
	'video/quicktime': 'mov',
	'video/webm': 'webm',
	'video/x-matroska': 'mkv',
	'video/mp2t': 'mts',
	'video/x-msvideo': 'avi'
};
