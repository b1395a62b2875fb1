import { z } from 'zod';

/** A device on which somebody is signed in. */
export const sessionSchema = z.strictObject({
	id: z.string(),
	/** browser and system, as far as they say */
	device: z.string(),
	address: z.string().nullable(),
	createdAt: z.iso.datetime(),
	lastSeenAt: z.iso.datetime(),
	isCurrent: z.boolean()
});
export type SessionInfo = z.infer<typeof sessionSchema>;
