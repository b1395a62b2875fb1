// Where previews lie in RAW files, by their containers: a few small reads instead of the whole file.
// TIFF 6.0 and TIFF/EP (CR2, NEF, ARW, DNG, PEF, ORF, RW2), Fuji's RAF, and ISO base media (CR3).
import { type ReadAt, ascii, boxAt, boxesIn, viewOf } from './boxes.ts';
import { readJpegFrame } from './dimensions.ts';
import { type EmbeddedJpeg, MIN_SIDE } from './preview.ts';

/** A JPEG as a container says it, by byte positions. */
interface Claim {
	at: number;
	length: number;
}

const MAX_DIRECTORIES = 64;
const MAX_ENTRIES = 1_000;
/** How far a JPEG's header is read: profiles and previews in it make it long. */
const HEADER_BYTES = [4 * 1024, 256 * 1024, 2 * 1024 ** 2];

const TAG = {
	compression: 0x103,
	stripOffsets: 0x111,
	stripCounts: 0x117,
	subDirectories: 0x14a,
	jpegOffset: 0x201,
	jpegLength: 0x202,
	/** Panasonic */
	jpegFromRaw: 0x2e,
	exif: 0x8769,
	makerNote: 0x927c,
	/** Olympus, in the maker's note */
	olympusSettings: 0x2020,
	olympusPreview: 0x101,
	olympusPreviewLength: 0x102
} as const;

/** Bytes of a value, by its type. */
const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
const JPEG_COMPRESSIONS = [6, 7];

interface Directory {
	/** numbers of short and long entries */
	values: Map<number, number[]>;
	/** where an entry's bytes lie */
	places: Map<number, Claim>;
	next: number;
}

/** @param base what offsets are counted from */
async function readDirectory(
	read: ReadAt,
	at: number,
	isLittle: boolean,
	base: number
): Promise<Directory | null> {
	const head = await read(at, 2);
	if (head.length < 2) return null;
	const count = viewOf(head).getUint16(0, isLittle);
	if (count === 0 || count > MAX_ENTRIES) return null;
	const bytes = await read(at + 2, count * 12 + 4);
	if (bytes.length < count * 12) return null;
	const view = viewOf(bytes);
	const directory: Directory = { values: new Map(), places: new Map(), next: 0 };
	for (let i = 0; i < count; i++) {
		const entry = i * 12;
		const tag = view.getUint16(entry, isLittle);
		const type = view.getUint16(entry + 2, isLittle);
		const length = view.getUint32(entry + 4, isLittle);
		const size = (SIZES[type] ?? 0) * length;
		const isInline = size <= 4;
		const place = isInline ? at + 2 + entry + 8 : base + view.getUint32(entry + 8, isLittle);
		directory.places.set(tag, { at: place, length: size });
		// 3: short, 4: long, 13: a directory
		if (![3, 4, 13].includes(type) || length === 0 || length > 64) continue;
		const raw = isInline ? bytes.subarray(entry + 8, entry + 12) : await read(place, size);
		if (raw.length < size) continue;
		const values = viewOf(raw);
		directory.values.set(
			tag,
			Array.from({ length }, (_, n) =>
				type === 3 ? values.getUint16(n * 2, isLittle) : values.getUint32(n * 4, isLittle)
			)
		);
	}
	if (bytes.length >= count * 12 + 4) directory.next = view.getUint32(count * 12, isLittle);
	return directory;
}

/** Previews that one directory names. */
function claimsOf({ values, places }: Directory, base: number): Claim[] {
	const claims: Claim[] = [];
	const pair = (offsets: number, lengths: number) => {
		const [at, length] = [values.get(offsets), values.get(lengths)];
		if (at?.length === 1 && length?.length === 1)
			claims.push({ at: base + at[0]!, length: length[0]! });
	};
	pair(TAG.jpegOffset, TAG.jpegLength);
	if (JPEG_COMPRESSIONS.includes(values.get(TAG.compression)?.[0] ?? 0))
		pair(TAG.stripOffsets, TAG.stripCounts);
	const whole = places.get(TAG.jpegFromRaw);
	if (whole && whole.length > 4) claims.push(whole);
	return claims;
}

/** Olympus keeps its preview behind its maker's note, counted from where that begins. */
async function olympusClaims(read: ReadAt, note: Claim): Promise<Claim[]> {
	const head = await read(note.at, 12);
	if (ascii(head, 0, 7) !== 'OLYMPUS') return [];
	const isLittle = ascii(head, 8, 2) === 'II';
	const directory = await readDirectory(read, note.at + 12, isLittle, note.at);
	const settings = directory?.values.get(TAG.olympusSettings)?.[0];
	if (!settings) return [];
	const inner = await readDirectory(read, note.at + settings, isLittle, note.at);
	const at = inner?.values.get(TAG.olympusPreview)?.[0];
	const length = inner?.values.get(TAG.olympusPreviewLength)?.[0];
	return at && length ? [{ at: note.at + at, length }] : [];
}

async function tiffClaims(read: ReadAt, head: Uint8Array): Promise<Claim[]> {
	const isLittle = ascii(head, 0, 2) === 'II';
	const waiting = [viewOf(head).getUint32(4, isLittle)];
	const seen = new Set<number>();
	const claims: Claim[] = [];
	while (waiting.length > 0 && seen.size < MAX_DIRECTORIES) {
		const at = waiting.shift()!;
		if (at < 8 || seen.has(at)) continue;
		seen.add(at);
		const directory = await readDirectory(read, at, isLittle, 0);
		if (!directory) continue;
		claims.push(...claimsOf(directory, 0));
		const { values, places, next } = directory;
		waiting.push(...(values.get(TAG.subDirectories) ?? []), ...(values.get(TAG.exif) ?? []), next);
		const note = places.get(TAG.makerNote);
		if (note) claims.push(...(await olympusClaims(read, note)));
	}
	return claims;
}

/** Fuji: place and length of the JPEG stand at byte 84, big-endian. */
async function rafClaims(read: ReadAt): Promise<Claim[]> {
	const bytes = await read(84, 8);
	if (bytes.length < 8) return [];
	return [{ at: viewOf(bytes).getUint32(0), length: viewOf(bytes).getUint32(4) }];
}

/** Canon's CR3: tracks of one sample; the JPEG among them is a photo of full size. */
async function cr3Claims(read: ReadAt, size: number): Promise<Claim[]> {
	const moov = (await boxesIn(read, 0, size)).find(({ type }) => type === 'moov');
	if (!moov) return [];
	const claims: Claim[] = [];
	for (const track of await boxesIn(read, moov.from, moov.to)) {
		if (track.type !== 'trak') continue;
		const table = await boxAt(read, track, 'mdia', 'minf', 'stbl');
		if (!table) continue;
		const inTable = await boxesIn(read, table.from, table.to);
		const sizes = inTable.find(({ type }) => type === 'stsz');
		const places = inTable.find(({ type }) => type === 'co64' || type === 'stco');
		if (!sizes || !places) continue;
		const [a, b] = [await read(sizes.from, 16), await read(places.from, 16)];
		if (a.length < 12 || b.length < 12) continue;
		const isLong = places.type === 'co64' && b.length >= 16;
		const length = viewOf(a).getUint32(4) || (a.length >= 16 ? viewOf(a).getUint32(12) : 0);
		const at = isLong ? Number(viewOf(b).getBigUint64(8)) : viewOf(b).getUint32(8);
		claims.push({ at, length });
	}
	return claims;
}

/** Blocks of Canon's CR3 that are TIFF files of their own: what its cameras say of a photo. */
export async function cr3Facts(read: ReadAt, size: number): Promise<Uint8Array[]> {
	const moov = (await boxesIn(read, 0, size)).find(({ type }) => type === 'moov');
	const own = moov && (await boxesIn(read, moov.from, moov.to)).find(({ type }) => type === 'uuid');
	if (!own) return [];
	const found: Uint8Array[] = [];
	// after the 16 bytes of its id
	for (const { type, from, to } of await boxesIn(read, own.from + 16, own.to))
		if (/^CMT[124]$/.test(type) && to - from < 1024 ** 2) found.push(await read(from, to - from));
	return found;
}

/** What a claim really is: null unless a JPEG that a browser can decode begins there. */
async function lookAt(
	read: ReadAt,
	{ at, length }: Claim,
	size: number
): Promise<EmbeddedJpeg | null> {
	if (at <= 0 || length < 100 || at + length > size) return null;
	for (const bytes of HEADER_BYTES) {
		const head = await read(at, Math.min(bytes, length));
		if (head[0] !== 0xff || head[1] !== 0xd8) return null;
		const frame = readJpegFrame(head);
		if (!frame && bytes < length) continue;
		if (!frame?.isDecodable || Math.min(frame.width, frame.height) < MIN_SIDE) return null;
		return { start: at, end: at + length, width: frame.width, height: frame.height };
	}
	return null;
}

/**
 * Finds the largest JPEG preview of a RAW file by what its container says.
 * @param size of the file, bytes
 * @returns null where the container says none, or says what is not so
 */
export async function locatePreview(read: ReadAt, size: number): Promise<EmbeddedJpeg | null> {
	const head = await read(0, 16);
	if (head.length < 16) return null;
	const claims =
		ascii(head, 0, 8) === 'FUJIFILM'
			? await rafClaims(read)
			: ascii(head, 4, 8) === 'ftypcrx '
				? await cr3Claims(read, size)
				: ['II', 'MM'].includes(ascii(head, 0, 2))
					? await tiffClaims(read, head)
					: [];
	let best: EmbeddedJpeg | null = null;
	for (const claim of claims) {
		const found = await lookAt(read, claim, size);
		if (found && (!best || found.width * found.height > best.width * best.height)) best = found;
	}
	return best;
}
