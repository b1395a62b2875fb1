// XMP inside a JPEG (Adobe XMP Specification part 3, 1.1.3): one APP1 segment of its own.

const NAME = 'http://ns.adobe.com/xap/1.0/\0';
const header = new TextEncoder().encode(NAME);
/** A segment's length has two bytes, which count themselves. */
const MAX_BYTES = 65_535 - 2 - header.length;

interface Segment {
	marker: number;
	from: number;
	to: number;
}

/** Segments of applications at the beginning of a JPEG. @returns null when it is none, or ends before its picture begins */
function segmentsOf(bytes: Uint8Array): Segment[] | null {
	if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return null;
	const segments: Segment[] = [];
	let at = 2;
	while (at + 4 <= bytes.length) {
		if (bytes[at] !== 0xff) return null;
		const marker = bytes[at + 1]!;
		const isOfApplication = marker >= 0xe0 && marker <= 0xef;
		if (!isOfApplication) return segments;
		const to = at + 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
		if (to > bytes.length || to < at + 4) return null;
		segments.push({ marker, from: at, to });
		at = to;
	}
	return null;
}

const isXmp = (bytes: Uint8Array, { marker, from }: Segment): boolean =>
	marker === 0xe1 && header.every((byte, i) => bytes[from + 4 + i] === byte);

/** The XMP inside a JPEG; null: it has none, or is no JPEG. */
export function xmpIn(jpeg: Uint8Array): string | null {
	const segment = segmentsOf(jpeg)?.find((each) => isXmp(jpeg, each));
	if (!segment) return null;
	return new TextDecoder().decode(jpeg.subarray(segment.from + 4 + header.length, segment.to));
}

/**
 * A JPEG with this XMP in the place of its own; nothing else of it changes.
 * @returns its parts, to be written one after the other; null when it is no JPEG, or the XMP is larger than it can hold
 */
export function withXmp(
	jpeg: Uint8Array<ArrayBuffer>,
	xmp: string
): Uint8Array<ArrayBuffer>[] | null {
	const packet = new TextEncoder().encode(xmp);
	const segments = segmentsOf(jpeg);
	if (!segments || packet.length > MAX_BYTES) return null;
	const segment = new Uint8Array(4 + header.length + packet.length);
	const length = segment.length - 2;
	segment.set([0xff, 0xe1, length >> 8, length & 0xff]);
	segment.set(header, 4);
	segment.set(packet, 4 + header.length);
	const kept = segments.filter((each) => !isXmp(jpeg, each));
	// behind JFIF and EXIF, which come first
	const isFirst = ({ marker, from }: Segment) =>
		marker === 0xe0 || (marker === 0xe1 && jpeg[from + 4] === 0x45 && jpeg[from + 5] === 0x78);
	const cut = kept.findIndex((each) => !isFirst(each));
	const before = cut === -1 ? kept : kept.slice(0, cut);
	const after = cut === -1 ? [] : kept.slice(cut);
	const part = ({ from, to }: Segment) => jpeg.subarray(from, to);
	return [
		jpeg.subarray(0, 2),
		...before.map(part),
		segment,
		...after.map(part),
		jpeg.subarray(segments.at(-1)?.to ?? 2)
	];
}
