import { z } from 'zod';
import { idSchema } from '../ids.ts';

/** The people who wrote a document, and the clients (Yjs) that they wrote as. */
export const authorsSchema = z.strictObject({
	authors: z.array(
		z.strictObject({
			id: idSchema,
			/** of now; '' for somebody who is gone */
			name: z.string(),
			clients: z.array(z.int().nonnegative())
		})
	)
});
export type DocumentAuthor = z.infer<typeof authorsSchema>['authors'][number];
