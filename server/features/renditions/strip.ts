// Takes out of a JPEG what says where it was taken and with which camera body, and leaves its picture, its colours, its
// time, its author and its captions as they are (ITU-T T.81 for the segments, CIPA DC-008 for Exif).

const MARKER = { SOI: 0xd8, EOI: 0xd9, SOS: 0xda, APP1: 0xe1, APP2: 0xe2 };
const TAG = { exif: 0x8769, gps: 0x8825 };
/** MakerNote, UserComment, CameraOwnerName, BodySerialNumber, LensSerialNumber, ImageUniqueID. */
const PRIVATE_TAGS = new Set([0x927c, 0x9286, 0xa430, 0xa431, 0xa435, 0xa420]);
/** Bytes of one value, by Exif type. */
const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];
/** Entries of a directory and directories of a file, at most: beyond it is no camera's. */
const MAX_ENTRIES = 500;

const startsWith = (bytes: Uint8Array, at: number, text: string): boolean =>
	[...text].every((char, index) => bytes[at + index] === char.charCodeAt(0));

/**
 * Blanks private values of an Exif block in place.
 * @param tiff the block behind its 'Exif\0\0'
 * @returns whether there were any
 * @throws RangeError when it is none
 */
function blankExif(tiff: Uint8Array): boolean {
	const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
	const isLittle = view.getUint16(0) === 0x4949;
	let isChanged = false;
	const blank = (at: number, length: number) => {
		if (at + length > tiff.length) throw new RangeError('A value lies outside.');
		if (tiff.subarray(at, at + length).some((byte) => byte !== 0)) isChanged = true;
		tiff.fill(0, at, at + length);
	};
	const directory = (at: number, isPrivate: boolean, depth: number): void => {
		const count = view.getUint16(at, isLittle);
		if (count > MAX_ENTRIES || depth > 3) throw new RangeError('This is no directory.');
		for (let index = 0; index < count; index++) {
			const entry = at + 2 + index * 12;
			const tag = view.getUint16(entry, isLittle);
			const type = view.getUint16(entry + 2, isLittle);
			const length = (SIZES[type] ?? 1) * view.getUint32(entry + 4, isLittle);
			const value = view.getUint32(entry + 8, isLittle);
			if (tag === TAG.exif && !isPrivate) directory(value, false, depth + 1);
			else if (tag === TAG.gps && !isPrivate) {
				directory(value, true, depth + 1);
				blank(value, 2);
			} else if (isPrivate || PRIVATE_TAGS.has(tag)) {
				if (length > 4) blank(value, length);
				// an empty text of one byte stands in its place: readers expect entries in order
				if (isPrivate) blank(entry, 12);
				else blank(entry + 8, 4);
			}
		}
	};
	directory(view.getUint32(4, isLittle), false, 0);
	return isChanged;
}

/**
 * @param jpeg not changed
 * @returns the parts of the file as guests get it; null when nothing had to be taken out
 */
export function stripJpeg(jpeg: Uint8Array): Uint8Array[] | null {
	const parts: Uint8Array[] = [];
	let isChanged = false;
	let kept = 0;
	let at = 2;
	const drop = (from: number, to: number) => {
		parts.push(jpeg.subarray(kept, from));
		kept = to;
		isChanged = true;
	};
	while (at + 4 <= jpeg.length) {
		if (jpeg[at] !== 0xff) break;
		const marker = jpeg[at + 1]!;
		if (marker === 0xff) {
			at++;
			continue;
		}
		if (marker === MARKER.EOI || marker === MARKER.SOS) break;
		const end = at + 2 + (jpeg[at + 2]! << 8) + jpeg[at + 3]!;
		if (marker === MARKER.APP1 && startsWith(jpeg, at + 4, 'Exif\0')) {
			const copy = jpeg.slice(at, end);
			try {
				if (blankExif(copy.subarray(10))) {
					drop(at, end);
					parts.push(copy);
				}
			} catch {
				// what cannot be read cannot be kept
				drop(at, end);
			}
		} else if (
			marker === MARKER.APP1 ||
			// the list of further pictures in the file: they are cut off below
			(marker === MARKER.APP2 && startsWith(jpeg, at + 4, 'MPF\0'))
		)
			drop(at, end);
		at = end;
	}
	const end = endOfImage(jpeg, at);
	if (end < jpeg.length) isChanged = true;
	parts.push(jpeg.subarray(kept, end));
	return isChanged ? parts : null;
}

/** One past the end of the first image: some cameras put further ones, or films, behind it, with Exif of their own. */
function endOfImage(jpeg: Uint8Array, from: number): number {
	for (let i = jpeg.indexOf(0xff, from); i !== -1; i = jpeg.indexOf(0xff, i + 1))
		if (jpeg[i + 1] === MARKER.EOI) return i + 2;
	return jpeg.length;
}
