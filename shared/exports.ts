import { z } from 'zod';
import { idSchema } from './ids.ts';

export const newExportSchema = z.strictObject({
	/** whether vectors of faces go with it: who gets them can search for people */
	hasFaces: z.boolean()
});

export const exportSchema = z.strictObject({
	id: idSchema,
	state: z.enum(['running', 'ready', 'failed']),
	hasFaces: z.boolean(),
	createdAt: z.iso.datetime(),
	/** until when it can be fetched */
	goesAt: z.iso.datetime(),
	/** bytes of files that are in it, and of all that will be */
	done: z.int(),
	total: z.int(),
	/** bytes of the archive; null: not finished */
	size: z.int().nullable(),
	sha256: z.string().nullable()
});
export type Export = z.infer<typeof exportSchema>;
