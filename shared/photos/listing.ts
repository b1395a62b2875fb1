import { z } from 'zod';
import { flags } from './photo.ts';
import { sources } from './source.ts';

const stateSchema = z.enum(['stored', 'missing']);

/** A photo as the API lists it. */
export const photoSchema = z.strictObject({
	id: z.string(),
	name: z.string(),
	sha256: z.string(),
	takenAt: z.string().nullable(),
	width: z.int(),
	height: z.int(),
	rating: z.int(),
	flag: z.enum(flags).nullable(),
	source: z.enum(sources),
	/** whether it goes into the trash unless somebody approves it */
	isTemporary: z.boolean(),
	/** faces found; null while no sidecar has arrived */
	faces: z.int().nullable(),
	files: z.strictObject({
		thumb: stateSchema,
		faces: stateSchema,
		web: stateSchema,
		original: stateSchema
	})
});
