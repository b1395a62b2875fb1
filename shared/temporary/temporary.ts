import { z } from 'zod';
import { idSchema } from '../ids.ts';
import { instantSchema } from '../time.ts';

/** That a photo which was there for the time being stays: since when by its device's clock, and who said so. */
export const approvalSchema = z.strictObject({ at: instantSchema, by: idSchema });

/** Photos that wait for approval, by event; those that go first are first. */
export const temporarySchema = z.strictObject({
	/** that they stay without approval */
	days: z.int(),
	events: z.array(
		z.strictObject({
			event: idSchema,
			name: z.string(),
			photos: z.int(),
			bytes: z.int(),
			/** when the first of them go into the trash */
			goesAt: z.iso.datetime()
		})
	)
});
export type Temporary = z.infer<typeof temporarySchema>;
