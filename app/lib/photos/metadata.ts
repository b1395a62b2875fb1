// The one place that knows exifreader. Runs in workers.
import ExifReader from 'exifreader';

export interface Metadata {
	/** the camera's clock without a zone: 2026-01-19T17:03:22 */
	takenAt: string | null;
	camera: string | null;
	/** 1 to 8; 1 where the file says nothing or nonsense */
	orientation: number;
}

const nothing: Metadata = { takenAt: null, camera: null, orientation: 1 };

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

/** Reads what a photo says of itself; a file that says nothing, or nonsense, is a photo all the same. */
export function readMetadata(bytes: ArrayBuffer): Metadata {
	let tags: ExifReader.Tags;
	try {
		tags = ExifReader.load(bytes);
	} catch {
		return nothing;
	}
	const text = (name: string) =>
		clean((tags[name] as { description?: string } | undefined)?.description);
	const orientation = Number((tags['Orientation'] as { value?: unknown } | undefined)?.value);
	const make = text('Make');
	const model = text('Model');
	const camera = model.toLowerCase().startsWith(make.toLowerCase())
		? model
		: `${make} ${model}`.trim();
	return {
		takenAt: parseExifTime(text('DateTimeOriginal')) ?? parseExifTime(text('DateTime')),
		camera: camera.slice(0, 120).toWellFormed() || null,
		orientation: orientation >= 1 && orientation <= 8 ? orientation : 1
	};
}
