// RAW files as cameras lay them out, around a real JPEG; what stands for sensor data is noise.

const ascii = (text: string) => new TextEncoder().encode(text);
const join = (...parts: Uint8Array[]): Uint8Array<ArrayBuffer> => {
	const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
};

/** Bytes that are no JPEG and compress badly, with many 0xff among them. */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(length);
	let state = seed;
	for (let i = 0; i < length; i++) {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		bytes[i] = state >>> 24;
	}
	return bytes;
}

interface Entry {
	tag: number;
	/** 2: text, 3: short, 4: long, 7: bytes */
	type: 2 | 3 | 4 | 7;
	value: number | number[] | string | Uint8Array;
}

/** Writes a TIFF file piece by piece: directories may name what is written after them. */
class Tiff {
	bytes: Uint8Array<ArrayBuffer>;
	readonly #isLittle: boolean;
	constructor(header: string, size: number) {
		this.bytes = new Uint8Array(size);
		this.bytes.set(ascii(header));
		this.#isLittle = header.startsWith('II');
		this.long(4, 8);
	}
	get #view() {
		return new DataView(this.bytes.buffer);
	}
	long(at: number, value: number) {
		this.#view.setUint32(at, value, this.#isLittle);
	}
	short(at: number, value: number) {
		this.#view.setUint16(at, value, this.#isLittle);
	}
	/** @param base what offsets are counted from @returns where it ends, with the values that do not fit into it */
	directory(at: number, entries: Entry[], next = 0, base = 0): number {
		const sorted = [...entries].sort((a, b) => a.tag - b.tag);
		this.short(at, sorted.length);
		let free = at + 2 + sorted.length * 12 + 4;
		for (const [i, { tag, type, value }] of sorted.entries()) {
			const entry = at + 2 + i * 12;
			const raw =
				typeof value === 'string'
					? ascii(`${value}\0`)
					: value instanceof Uint8Array
						? value
						: null;
			const numbers = raw ? [] : ([value].flat() as number[]);
			const size = raw?.length ?? numbers.length * (type === 3 ? 2 : 4);
			const place = size <= 4 ? entry + 8 : free;
			this.short(entry, tag);
			this.short(entry + 2, type);
			this.long(entry + 4, raw?.length ?? numbers.length);
			if (size > 4) {
				this.long(entry + 8, free - base);
				free += size + (size % 2);
			}
			if (raw) this.bytes.set(raw, place);
			for (const [n, number] of numbers.entries())
				if (type === 3) this.short(place + n * 2, number);
				else this.long(place + n * 4, number);
		}
		this.long(at + 2 + sorted.length * 12, next);
		return free;
	}
}

const facts = (make: string, model: string, orientation: number): Entry[] => [
	{ tag: 0x10f, type: 2, value: make },
	{ tag: 0x110, type: 2, value: model },
	{ tag: 0x112, type: 3, value: orientation }
];
const TIME = '2026:01:19 17:03:22';
const exif: Entry[] = [{ tag: 0x9003, type: 2, value: TIME }];

export type RawKind = 'cr2' | 'nef' | 'arw' | 'dng' | 'pef' | 'orf' | 'rw2' | 'raf' | 'cr3';
export const rawKinds: RawKind[] = ['cr2', 'nef', 'arw', 'dng', 'pef', 'orf', 'rw2', 'raf', 'cr3'];

/** TIFF and its relatives: where the preview is named differs by maker. */
function tiffRaw(
	kind: RawKind,
	jpeg: Uint8Array,
	thumb: Uint8Array,
	rawBytes: number,
	orientation: number
) {
	const header = { orf: 'IIRO', rw2: 'IIU\0', nef: 'MM\0*' }[kind as string] ?? 'II*\0';
	const [IFD0, SUB, EXIF, NOTE, DATA] = [8, 1_000, 2_000, 3_000, 8_192];
	const thumbAt = DATA + jpeg.length;
	const rawAt = thumbAt + thumb.length;
	const tiff = new Tiff(header, rawAt + rawBytes);
	tiff.bytes.set(jpeg, DATA);
	tiff.bytes.set(thumb, thumbAt);
	tiff.bytes.set(noise(rawBytes), rawAt);
	const strips = (compression: number, at: number, length: number): Entry[] => [
		{ tag: 0x103, type: 3, value: compression },
		{ tag: 0x111, type: 4, value: at },
		{ tag: 0x117, type: 4, value: length }
	];
	const pointer = (at: number, length: number): Entry[] => [
		{ tag: 0x201, type: 4, value: at },
		{ tag: 0x202, type: 4, value: length }
	];
	const exifPointer: Entry = { tag: 0x8769, type: 4, value: EXIF };
	tiff.directory(EXIF, exif);
	const makers: Record<string, [string, string]> = {
		cr2: ['Canon', 'Canon EOS R6'],
		nef: ['NIKON CORPORATION', 'NIKON Z 6'],
		arw: ['SONY', 'ILCE-7M3'],
		dng: ['Leica', 'M11'],
		pef: ['PENTAX', 'K-1'],
		orf: ['OLYMPUS', 'E-M1'],
		rw2: ['Panasonic', 'DC-S5']
	};
	const said = [...facts(...makers[kind]!, orientation), exifPointer];
	switch (kind) {
		case 'cr2':
			tiff.directory(IFD0, [...said, ...strips(6, DATA, jpeg.length)], SUB);
			tiff.directory(SUB, pointer(thumbAt, thumb.length));
			break;
		case 'nef':
		case 'dng':
			tiff.directory(IFD0, [
				...said,
				{ tag: 0x14a, type: 4, value: [SUB, SUB + 300] },
				...(kind === 'dng'
					? [{ tag: 0xc612, type: 7 as const, value: new Uint8Array([1, 4, 0, 0]) }]
					: [])
			]);
			tiff.directory(SUB, [
				{ tag: 0xfe, type: 4, value: 1 },
				...(kind === 'nef'
					? [{ tag: 0x103, type: 3 as const, value: 6 }, ...pointer(DATA, jpeg.length)]
					: strips(7, DATA, jpeg.length))
			]);
			tiff.directory(SUB + 300, [{ tag: 0xfe, type: 4, value: 0 }, ...strips(7, rawAt, rawBytes)]);
			break;
		case 'arw':
			tiff.directory(IFD0, [...said, ...pointer(DATA, jpeg.length)], SUB);
			tiff.directory(SUB, pointer(thumbAt, thumb.length));
			break;
		case 'pef':
			tiff.directory(IFD0, [...said, ...strips(65535, rawAt, rawBytes)], SUB);
			tiff.directory(SUB, pointer(thumbAt, thumb.length), SUB + 300);
			tiff.directory(SUB + 300, [{ tag: 0x103, type: 3, value: 6 }, ...pointer(DATA, jpeg.length)]);
			break;
		case 'orf': {
			const settings = NOTE + 400;
			tiff.directory(EXIF, [...exif, { tag: 0x927c, type: 7, value: new Uint8Array(1_000) }]);
			// the note lies where it was written, not where the directory put it
			for (let i = 0; i < 2; i++)
				if (new DataView(tiff.bytes.buffer).getUint16(EXIF + 2 + i * 12, true) === 0x927c)
					tiff.long(EXIF + 2 + i * 12 + 8, NOTE);
			tiff.bytes.set(join(ascii('OLYMPUS\0II'), new Uint8Array([3, 0])), NOTE);
			tiff.directory(NOTE + 12, [{ tag: 0x2020, type: 4, value: settings - NOTE }], 0, NOTE);
			tiff.directory(
				settings,
				[
					{ tag: 0x100, type: 4, value: 1 },
					{ tag: 0x101, type: 4, value: DATA - NOTE },
					{ tag: 0x102, type: 4, value: jpeg.length }
				],
				0,
				NOTE
			);
			tiff.directory(IFD0, said);
			break;
		}
		default:
			tiff.directory(IFD0, [...said, { tag: 0x2e, type: 7, value: new Uint8Array(8) }]);
			for (let i = 0; i < 8; i++) {
				const entry = IFD0 + 2 + i * 12;
				if (new DataView(tiff.bytes.buffer).getUint16(entry, true) !== 0x2e) continue;
				tiff.long(entry + 4, jpeg.length);
				tiff.long(entry + 8, DATA);
			}
	}
	return tiff.bytes;
}

function raf(jpeg: Uint8Array, rawBytes: number): Uint8Array<ArrayBuffer> {
	const header = new Uint8Array(160);
	header.set(ascii('FUJIFILMCCD-RAW 0201FF159502X-T4'));
	const view = new DataView(header.buffer);
	view.setUint32(84, header.length);
	view.setUint32(88, jpeg.length);
	view.setUint32(92, header.length + jpeg.length);
	view.setUint32(96, 0);
	return join(header, jpeg, noise(rawBytes));
}

const long = (value: number) => new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]);
const box = (type: string, ...inner: Uint8Array[]) => {
	const body = join(...inner);
	return join(long(body.length + 8), ascii(type), body);
};

function cr3(jpeg: Uint8Array, rawBytes: number, orientation: number): Uint8Array<ArrayBuffer> {
	const tiff = (entries: Entry[]) => {
		const made = new Tiff('II*\0', 400);
		made.directory(8, entries);
		return made.bytes;
	};
	const own = box(
		'uuid',
		Uint8Array.from('85c0b687820f11e08111f4ce462b6a48'.match(/../g)!, (hex) => parseInt(hex, 16)),
		box('CNCV', ascii('CanonCR3_001/00.09.00/00.00.00')),
		box('CMT1', tiff(facts('Canon', 'Canon EOS R6', orientation))),
		box('CMT2', tiff(exif))
	);
	const entry = (isJpeg: boolean) =>
		box(
			'CRAW',
			new Uint8Array(78),
			isJpeg ? box('JPEG', long(0)) : box('CMP1', new Uint8Array(28))
		);
	const track = (at: number, length: number, isJpeg: boolean) =>
		box(
			'trak',
			box(
				'mdia',
				box('hdlr', long(0), long(0), ascii('vide'), new Uint8Array(13)),
				box(
					'minf',
					box(
						'stbl',
						box('stsd', long(0), long(1), entry(isJpeg)),
						box('stsc', long(0), long(1), long(1), long(1), long(1)),
						box('stsz', long(0), long(length), long(1)),
						box('co64', long(0), long(1), long(0), long(at))
					)
				)
			)
		);
	const type = box('ftyp', ascii('crx '), long(1), ascii('crx isom'));
	const moov = (at: number) =>
		box('moov', own, track(at, jpeg.length, true), track(at + jpeg.length, rawBytes, false));
	const data = type.length + moov(0).length + 8;
	return join(type, moov(data), box('mdat', jpeg, noise(rawBytes)));
}

/**
 * A RAW file with a preview in it.
 * @param thumb a smaller JPEG, which is not the one to show
 * @param rawBytes of what stands for sensor data
 * @param orientation 1 to 8, as EXIF has it; RAF files say it in their JPEG
 */
export function rawFile(
	kind: RawKind,
	jpeg: Uint8Array,
	thumb: Uint8Array,
	rawBytes = 50_000,
	orientation = 1
): Uint8Array<ArrayBuffer> {
	if (kind === 'raf') return raf(jpeg, rawBytes);
	if (kind === 'cr3') return cr3(jpeg, rawBytes, orientation);
	return tiffRaw(kind, jpeg, thumb, rawBytes, orientation);
}
