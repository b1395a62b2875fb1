import { z } from 'zod';
import { idSchema, sha256Schema } from '../ids.ts';
import { instantSchema, localTimeSchema } from '../time.ts';
import { photoTypes } from './format.ts';
import { MAX_FILE_BYTES, MAX_SIDE } from './limits.ts';
import { sources } from './source.ts';

/** How a photo was taken. */
const exifSchema = z.strictObject({
	lens: z.string().min(1).max(120).optional(),
	/** mm */
	focalLength: z.number().positive().max(100_000).optional(),
	fNumber: z.number().positive().max(1_000).optional(),
	/** seconds */
	exposureTime: z.number().positive().max(1_000_000).optional(),
	iso: z.int().positive().max(100_000_000).optional()
});
export type Exif = z.infer<typeof exifSchema>;

/** What never changes of a photo once it is imported. */
export const photoFactsSchema = z.strictObject({
	/** as the file was called, shown as given; never used as a path */
	name: z.string().min(1).max(255),
	sha256: sha256Schema,
	/** bytes of the original */
	size: z.int().min(1).max(MAX_FILE_BYTES),
	type: z.enum(photoTypes),
	/** pixels as shown, orientation applied; 0 when nothing in the file could be decoded */
	width: z.int().min(0).max(MAX_SIDE),
	height: z.int().min(0).max(MAX_SIDE),
	/** EXIF orientation of the original, 1 to 8 */
	orientation: z.int().min(1).max(8),
	/** the camera's clock, without a zone: 2026-01-19T17:03:22 */
	takenAt: localTimeSchema.nullable(),
	camera: z.string().max(120).nullable(),
	/** the person who imported it */
	by: idSchema,
	importedAt: instantSchema,
	/** what thumbnail and faces come from, of films one frame; 'none': nothing in it can be shown here */
	preview: z.enum(['full', 'embedded', 'none']),
	source: z.enum(sources).optional(),
	/** which camera it was, where it says so: the first 48 bits of a hash over workspace, model and serial number */
	cameraId: z
		.string()
		.regex(/^[0-9a-f]{12}$/)
		.optional(),
	/** how it was taken, as the camera says (EXIF 2.32, 4.6.5) */
	exif: exifSchema.optional(),
	/** where it was taken: degrees north and east, WGS 84 */
	gps: z.tuple([z.number().min(-90).max(90), z.number().min(-180).max(180)]).optional(),
	/** how long a film is, seconds */
	duration: z.number().positive().max(1_000_000).optional(),
	/** the file ends early or does not decode whole */
	damaged: z.literal(true).optional()
});
export type PhotoFacts = z.infer<typeof photoFactsSchema>;

/** That a photo lies in the trash: since when by its device's clock, and who put it there; null: its time was over. */
export const photoTrashSchema = z.strictObject({ at: instantSchema, by: idSchema.nullable() });

export const flags = ['pick', 'reject'] as const;
/** Colour labels, in the order of their keys 6 to 9; the fifth has none (as in Lightroom). */
export const labels = ['red', 'yellow', 'green', 'blue', 'purple'] as const;

/** A folder of an event; also what a folder on a disk is called where copies are written. */
const folderNameSchema = z
	.string()
	.min(1)
	.max(80)
	// eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
	.regex(/^[^\u0000-\u001f\u007f]*$/, 'A folder has a name without control characters.');

/** What people decide about a photo, each its own key. */
export const photoMarkSchemas = {
	rating: z.int().min(0).max(5),
	flag: z.enum(flags),
	caption: z.string().max(2_000),
	label: z.enum(labels),
	keywords: z.array(z.string().min(1).max(64)).max(100),
	/** who or what is on it, as typed or scanned before the shot: a name, a bib number */
	subject: z.string().max(120),
	/** the client chose it, in the window that is theirs or through whoever works for them */
	favourite: z.literal(true),
	/** the part of the event that it lies in: a name, not a path */
	folder: folderNameSchema,
	/** what the event's rights are called that hold for it */
	rights: z.string().regex(/^[0-9a-f]{16}$/)
};
export type PhotoMarks = {
	[Field in keyof typeof photoMarkSchemas]?: z.infer<(typeof photoMarkSchemas)[Field]>;
};
export type MarkField = keyof PhotoMarks;
