import { z } from 'zod';
import { idSchema } from '../ids.ts';

/** What the server did not take of somebody's edits, for admins. */
export const refusalSchema = z.strictObject({
	id: z.int(),
	at: z.iso.datetime(),
	/** who wrote it; the name is of now, '' for somebody who is gone */
	author: z.strictObject({ id: idSchema, name: z.string() }),
	/** the event, or the workspace itself, that it was written into */
	place: z.string(),
	changes: z.array(
		z.strictObject({
			root: z.string(),
			key: z.string(),
			/** what was to be set, as JSON */
			value: z.string(),
			/** what the key is about, as far as its name is known */
			name: z.string().nullable(),
			reason: z.string(),
			message: z.string()
		})
	)
});
export type Refusal = z.infer<typeof refusalSchema>;

/** Refusals of one page; the next begins before the last one's id. */
export const REFUSALS_PAGE = 50;

export const refusalsQuerySchema = z.object({
	/** those before this id */
	before: z.coerce.number().int().positive().optional()
});
