import { z } from 'zod';
import { idSchema } from '../ids.ts';

/** Days that the log of a document is kept: so far back its history goes. */
export const HISTORY_DAYS = 30;

/** What one person did in an event without a long pause. */
export const stretchSchema = z.strictObject({
	/** the name is of now, '' for somebody who is gone */
	author: z.strictObject({ id: idSchema, name: z.string() }),
	/** what got values, or what lost them */
	kind: z.enum(['edits', 'removals']),
	/** numbers of the log's entries that it begins and ends with */
	from: z.int().positive(),
	to: z.int().positive(),
	begun: z.iso.datetime(),
	ended: z.iso.datetime(),
	/** photos that were not there before, those that went (to the trash), and those that were taken out of it */
	added: z.int(),
	removed: z.int(),
	restored: z.int(),
	/** marks (ratings, captions, ...) that are others at its end, and those that are gone */
	changed: z.int(),
	cleared: z.int()
});
export type StretchOfEvent = z.infer<typeof stretchSchema>;

/** Which stretch is taken back. */
export const takeBackSchema = z.strictObject({
	author: idSchema,
	kind: z.enum(['edits', 'removals']),
	from: z.int().positive(),
	to: z.int().positive()
});

export const takenBackSchema = z.strictObject({
	/** photos and marks that are as they were before */
	restored: z.int(),
	/** those that somebody has changed since */
	kept: z.int()
});
