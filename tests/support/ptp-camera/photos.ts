// JPEGs that differ from each other, with a time of their own.

const ascii = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));
const short = (value: number) => [value & 0xff, value >> 8];
const long = (value: number) => [...short(value & 0xffff), ...short(value >>> 16)];

/** A segment of a JPEG: marker, length, body. */
const segment = (marker: number, body: number[]) => [
	0xff,
	marker,
	(body.length + 2) >> 8,
	(body.length + 2) & 0xff,
	...body
];

/** EXIF that says when, and nothing else. */
function exif(takenAt: string): number[] {
	const text = [...ascii(takenAt.slice(0, 19).replace('T', ' ').replaceAll('-', ':')), 0];
	// TIFF header, one directory with a pointer to the EXIF directory, which has one entry
	const tiff = [
		...ascii('II'),
		...short(42),
		...long(8),
		...short(1),
		...short(0x8769),
		...short(4),
		...long(1),
		...long(26),
		...long(0),
		...short(1),
		...short(0x9003),
		...short(2),
		...long(text.length),
		...long(44),
		...long(0),
		...text
	];
	return segment(0xe1, [...ascii('Exif\0\0'), ...tiff]);
}

/**
 * A JPEG as if it were another shot: with a number and a time in it, and as large as is wished.
 * @param takenAt 2026-01-19T17:03:22; replaces what the picture says
 * @param bytes it is made at least so large, behind its end, where cameras keep previews
 */
export function stamped(
	jpeg: Uint8Array,
	shot: number,
	takenAt: string,
	bytes = 0
): Uint8Array<ArrayBuffer> {
	// segments of applications go: two that say when would be one too many
	let at = 2;
	while (jpeg[at] === 0xff && jpeg[at + 1]! >= 0xe0 && jpeg[at + 1]! <= 0xef)
		at += 2 + jpeg[at + 2]! * 256 + jpeg[at + 3]!;
	const head = [0xff, 0xd8, ...exif(takenAt), ...segment(0xfe, ascii(`shot ${shot}`))];
	const size = Math.max(head.length + jpeg.length - at, bytes);
	const whole = new Uint8Array(size);
	whole.set(head);
	if (size > head.length + jpeg.length - at) {
		// filler that no two shots share, in segments before the picture
		const fill = size - (head.length + jpeg.length - at);
		let state = shot + 1;
		let to = head.length;
		let left = fill;
		while (left > 0) {
			const body = Math.min(left - 4, 65_533);
			if (body < 0) break;
			whole.set([0xff, 0xfe, (body + 2) >> 8, (body + 2) & 0xff], to);
			for (let i = 0; i < body; i += 1) {
				state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
				whole[to + 4 + i] = state >>> 24;
			}
			to += 4 + body;
			left -= 4 + body;
		}
		whole.set(jpeg.subarray(at), to);
		return whole.slice(0, to + jpeg.length - at);
	}
	whole.set(jpeg.subarray(at), head.length);
	return whole;
}
