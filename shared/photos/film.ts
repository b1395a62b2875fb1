// What films of ISO base media say of when and by what they were taken, where no library says it.
import { type Box, type ReadAt, boxAt, boxesIn, viewOf } from './boxes.ts';

/** What a film says of itself, in the words that it has for it. */
export interface FilmSays {
	/** when it was made, by the clock of its header, which knows no zone; null: never set */
	made: string | null;
	/** Sony's description of a recording, as XML */
	description: string | null;
	/** the picture that Canon keeps with what its cameras say of photos; a JPEG */
	thumbnail: Uint8Array<ArrayBuffer> | null;
}

/** Seconds from 1904, which the header counts from, to 1970. */
const FROM_1904 = 2_082_844_800;
/** No description or thumbnail is larger, bytes. */
const MAX_BYTES = 1024 ** 2;

/** @param seconds from 1904 */
function timeOf(seconds: number): string | null {
	// zero is a clock that was never set, and before 1970 nothing was filmed with these
	if (seconds <= FROM_1904) return null;
	const at = new Date((seconds - FROM_1904) * 1000);
	return at.getUTCFullYear() > 9999 ? null : at.toISOString().slice(0, 19);
}

async function madeAt(read: ReadAt, moov: Box): Promise<string | null> {
	const header = await boxAt(read, moov, 'mvhd');
	const bytes = header && (await read(header.from, 12));
	if (!bytes || bytes.length < 12) return null;
	const view = viewOf(bytes);
	return timeOf(bytes[0] === 1 ? Number(view.getBigUint64(4)) : view.getUint32(4));
}

/** The text of an XML box in a `meta` box, which has four bytes before its boxes (ISO/IEC 14496-12, 8.11). */
async function xmlIn(read: ReadAt, parent: Box): Promise<string | null> {
	const meta = await boxAt(read, parent, 'meta');
	if (!meta) return null;
	const xml = (await boxesIn(read, meta.from + 4, meta.to)).find(({ type }) => type === 'xml ');
	if (!xml || xml.to - xml.from > MAX_BYTES) return null;
	return new TextDecoder().decode(await read(xml.from + 4, xml.to - xml.from - 4));
}

/** Canon's CNTH in the user's data: boxes, of which CNDA is a JPEG. */
async function canonThumbnail(read: ReadAt, moov: Box): Promise<Uint8Array<ArrayBuffer> | null> {
	const box = await boxAt(read, moov, 'udta', 'CNTH', 'CNDA');
	if (!box || box.to - box.from > MAX_BYTES) return null;
	const bytes = await read(box.from, box.to - box.from);
	return bytes[0] === 0xff && bytes[1] === 0xd8 ? bytes.slice() : null;
}

/**
 * Reads what the boxes of a film say, with a few small reads.
 * @param size of the file, bytes
 */
export async function filmSays(read: ReadAt, size: number): Promise<FilmSays> {
	const file: Box = { type: '', from: 0, to: size };
	const moov = await boxAt(read, file, 'moov');
	if (!moov) return { made: null, description: null, thumbnail: null };
	return {
		made: await madeAt(read, moov),
		description: (await xmlIn(read, file)) ?? (await xmlIn(read, moov)),
		thumbnail: await canonThumbnail(read, moov)
	};
}

/** Times with a zone, as cameras and phones write them: what their clocks showed. */
export const clockOf = (text: string | undefined | null): string | null =>
	/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.exec(text ?? '')?.[0] ?? null;

/** What Sony's description says: when, and by what. */
export function describedBy(xml: string): {
	takenAt: string | null;
	camera: string | null;
	serial: string | null;
} {
	const of = (element: string, attribute: string) =>
		new RegExp(`<${element}\\b[^>]*\\b${attribute}="([^"<>&]{1,120})"`).exec(xml)?.[1] ?? null;
	const [maker, model] = [of('Device', 'manufacturer'), of('Device', 'modelName')];
	return {
		takenAt: clockOf(of('CreationDate', 'value')),
		camera: [maker, model].filter(Boolean).join(' ') || null,
		serial: of('Device', 'serialNo')
	};
}

/** A place as ISO 6709 writes it: '+09.0300+038.7400+2355.000/'. @returns degrees north and east; null: it is none */
export function placeOf(text: string | undefined): [number, number] | null {
	const match = /^([+-]\d{2}(?:\.\d+)?)([+-]\d{3}(?:\.\d+)?)/.exec(text ?? '');
	if (!match) return null;
	const [north, east] = [Number(match[1]), Number(match[2])];
	if (Math.abs(north) > 90 || Math.abs(east) > 180 || (north === 0 && east === 0)) return null;
	return [Number(north.toFixed(5)), Number(east.toFixed(5))];
}
