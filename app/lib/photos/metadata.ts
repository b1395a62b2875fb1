// The one place that knows exifreader. Runs in workers.
import ExifReader from 'exifreader';
import type { Exif, PhotoFacts } from '#shared/photos/photo.ts';
import type { Rights } from '#shared/photos/rights.ts';
import type { EmbeddedJpeg } from '#shared/photos/preview.ts';
import { readerOf } from '#shared/photos/boxes.ts';
import { cr3Facts, locatePreview } from '#shared/photos/raw.ts';

export interface Metadata {
	/** the camera's clock without a zone: 2026-01-19T17:03:22 */
	takenAt: string | null;
	camera: string | null;
	/** 1 to 8; 1 where the file says nothing or nonsense */
	orientation: number;
	/** of the camera's body, as it says it; for making an id, not for keeping */
	serial: string | null;
	exif: Exif | null;
	gps: PhotoFacts['gps'] | null;
	/** what the camera was told to say of who made it */
	rights: Rights | null;
}

export const saysNothing: Metadata = {
	takenAt: null,
	camera: null,
	orientation: 1,
	serial: null,
	exif: null,
	gps: null,
	rights: null
};

/** '2026:01:19 17:03:22' to '2026-01-19T17:03:22'; null for what is no time. */
export function parseExifTime(text: string): string | null {
	const match = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)/.exec(text.trim());
	// a camera whose clock was never set says year 0
	if (!match || match[1] === '0000') return null;
	const time = `${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}`;
	const parsed = new Date(`${time}Z`);
	return Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 19) !== time ? null : time;
}

// eslint-disable-next-line no-control-regex -- cameras pad with NUL
const padding = /[\u0000-\u001f\u007f]/g;

const clean = (value: unknown): string =>
	(typeof value === 'string' ? value : '').replace(padding, ' ').trim().toWellFormed();

type Tag = { value?: unknown; description?: string; computed?: unknown } | undefined;

/** A number of a tag: rationals are pairs, lists say it first. */
function numberOf(tag: Tag): number | null {
	const value = tag?.value;
	const [a, b] = Array.isArray(value) ? (value as unknown[]) : [value];
	const number =
		typeof a === 'number' && typeof b === 'number' && Array.isArray(value) ? a / b : Number(a);
	return Number.isFinite(number) ? number : null;
}

/** Six digits: more than any camera means. */
const short = (value: number): number => Number(value.toPrecision(6));

/** How it was taken, less what is nonsense. */
function exifOf(tags: Record<string, Tag>, text: (name: string) => string): Exif | null {
	const positive = (name: string, most: number): number | null => {
		const value = numberOf(tags[name]);
		return value !== null && value > 0 && value <= most ? short(value) : null;
	};
	const lens = text('LensModel').slice(0, 120).toWellFormed();
	const iso = positive('ISOSpeedRatings', 100_000_000);
	const given = {
		lens: lens || null,
		focalLength: positive('FocalLength', 100_000),
		fNumber: positive('FNumber', 1_000),
		exposureTime: positive('ExposureTime', 1_000_000),
		iso: iso && Math.round(iso)
	};
	const known = Object.entries(given).filter(([, value]) => value !== null && value !== 0);
	return known.length > 0 ? (Object.fromEntries(known) as Exif) : null;
}

function rightsOf(artist: string, copyright: string): Rights | null {
	const creator = artist.slice(0, 120).trim().toWellFormed();
	const notice = copyright.slice(0, 300).trim().toWellFormed();
	if (!creator && !notice) return null;
	return { ...(creator ? { creator } : {}), ...(notice ? { copyright: notice } : {}) };
}

/** Degrees of a latitude or longitude: three rationals and a letter. */
function degreesOf(tag: Tag, ref: string, most: number): number | null {
	const parts = tag?.value;
	if (!Array.isArray(parts) || parts.length !== 3) return null;
	const [degrees, minutes, seconds] = parts.map((value) => numberOf({ value }));
	if (degrees == null || minutes == null || seconds == null) return null;
	const whole = degrees + minutes / 60 + seconds / 3600;
	if (!(whole <= most)) return null;
	const signed = /^[sw]/i.test(ref) ? -whole : whole;
	// a metre or so
	return Number(signed.toFixed(5));
}

function gpsOf(tags: Record<string, Tag>): Metadata['gps'] {
	const ref = (name: string) => clean([tags[name]?.value].flat()[0]);
	const north = degreesOf(tags['GPSLatitude'], ref('GPSLatitudeRef'), 90);
	const east = degreesOf(tags['GPSLongitude'], ref('GPSLongitudeRef'), 180);
	// receivers that have found nothing yet say zero and zero
	return north === null || east === null || (north === 0 && east === 0) ? null : [north, east];
}

/** Reads what a photo says of itself; a file that says nothing, or nonsense, is a photo all the same. */
export function readMetadata(bytes: ArrayBuffer): Metadata {
	let tags: ExifReader.Tags;
	try {
		tags = ExifReader.load(bytes);
	} catch {
		return saysNothing;
	}
	const text = (name: string) =>
		clean((tags[name] as { description?: string } | undefined)?.description);
	const orientation = Number((tags['Orientation'] as { value?: unknown } | undefined)?.value);
	const make = text('Make');
	const model = text('Model');
	const camera = model.toLowerCase().startsWith(make.toLowerCase())
		? model
		: `${make} ${model}`.trim();
	const all = tags as Record<string, Tag>;
	const serial = text('BodySerialNumber') || text('CameraSerialNumber') || text('SerialNumber');
	return {
		serial: serial || null,
		exif: exifOf(all, text),
		gps: gpsOf(all),
		rights: rightsOf(text('Artist'), text('Copyright')),
		takenAt: parseExifTime(text('DateTimeOriginal')) ?? parseExifTime(text('DateTime')),
		camera: camera.slice(0, 120).toWellFormed() || null,
		orientation: orientation >= 1 && orientation <= 8 ? orientation : 1
	};
}

/** Enough for what a photo says of itself before its data. */
const HEAD_BYTES = 1024 ** 2;

const isSilent = ({ takenAt, camera }: Metadata) => takenAt === null && camera === null;

/** What several parts of one file say: the first that says something counts. */
function together(parts: readonly Metadata[]): Metadata {
	const first = <Key extends keyof Metadata>(key: Key): Metadata[Key] =>
		parts.find((part) => part[key] !== null)?.[key] ?? saysNothing[key];
	return {
		takenAt: first('takenAt'),
		camera: first('camera'),
		serial: first('serial'),
		gps: first('gps'),
		rights: first('rights'),
		exif: Object.assign({}, ...parts.map(({ exif }) => exif ?? {}).reverse()) as Exif,
		orientation: parts.find(({ orientation }) => orientation !== 1)?.orientation ?? 1
	};
}

/** Olympus and Panasonic write TIFF by another name: 'IIRO', 'IIU\0'. */
function asTiff(buffer: ArrayBuffer): ArrayBuffer {
	const bytes = new Uint8Array(buffer);
	const order = String.fromCharCode(...bytes.subarray(0, 2));
	if (order === 'II') bytes.set([42, 0], 2);
	else if (order === 'MM') bytes.set([0, 42], 2);
	return buffer;
}

/** RAW files say it in their first directories, in blocks of their own, or in the JPEG inside. */
async function readRawFacts(file: Blob, preview: EmbeddedJpeg | null): Promise<Metadata> {
	const headOf = async (from: number, to: number) =>
		readMetadata(asTiff(await file.slice(from, Math.min(to, from + HEAD_BYTES)).arrayBuffer()));
	const parts = [await headOf(0, file.size)];
	if (isSilent(parts[0]!))
		for (const block of await cr3Facts(readerOf(file), file.size))
			parts.push(readMetadata(block.slice().buffer));
	if (parts.every(({ takenAt }) => takenAt === null) && preview)
		parts.push(await headOf(preview.start, preview.end));
	if (parts.every(isSilent) && file.size > HEAD_BYTES)
		parts.push(readMetadata(await file.arrayBuffer()));
	const all = together(parts);
	return Object.keys(all.exif ?? {}).length === 0 ? { ...all, exif: null } : all;
}

/**
 * Reads what a photo's file says of it, without reading more of it than that takes.
 * @param preview of a RAW file, where it is known
 */
export async function readFacts(
	file: Blob,
	type: string,
	preview: EmbeddedJpeg | null = null
): Promise<Metadata> {
	if (type === 'image/x-raw')
		return readRawFacts(file, preview ?? (await locatePreview(readerOf(file), file.size)));
	// other formats may say it at their ends
	const said = type === 'image/jpeg' ? file.slice(0, HEAD_BYTES) : file;
	return readMetadata(await said.arrayBuffer());
}
