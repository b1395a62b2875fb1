import { z } from 'zod';
import { idSchema } from '../ids.ts';
import { fileKinds } from './kinds.ts';

/** A stored file: what it was made of, how, by whom, and how often it was asked for. */
export const assetSchema = z.strictObject({
	id: idSchema,
	kind: z.enum(fileKinds),
	/** the asset that it was made of; null: of nothing, or of what is gone */
	source: idSchema.nullable(),
	/** bytes */
	size: z.int(),
	/** file name extension: 'webp' */
	format: z.string(),
	/** how it was made: content and parameters */
	made: z.string(),
	/** null: the server */
	by: z.strictObject({ id: idSchema, name: z.string() }).nullable(),
	at: z.iso.datetime(),
	accesses: z.int(),
	lastAccess: z.iso.datetime()
});
export type Asset = z.infer<typeof assetSchema>;
