import { z } from 'zod';
import { sha256Schema } from '../ids.ts';
import { MAX_FILE_BYTES } from '../photos/limits.ts';

/** A file as its sender describes it. */
export const fileOfferSchema = z.strictObject({
	sha256: sha256Schema,
	size: z.int().min(1).max(MAX_FILE_BYTES)
});
export type FileOffer = z.infer<typeof fileOfferSchema>;

/** What the server has of an offered file: stored whole, or the indices of the pieces that it lacks. */
export const fileStateSchema = z.strictObject({
	stored: z.boolean(),
	missing: z.array(z.int())
});
export type FileState = z.infer<typeof fileStateSchema>;

export const sha256QuerySchema = z.object({ sha256: sha256Schema });
