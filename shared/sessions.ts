import { z } from 'zod';

/** How somebody showed who they are. */
export const signInMethods = [
	'password',
	'passkey',
	'github',
	'pin',
	'face',
	'invitation'
] as const;
export type SignInMethod = (typeof signInMethods)[number];

/** A device on which somebody is signed in. */
export const sessionSchema = z.strictObject({
	id: z.string(),
	/** browser and system, as far as they say */
	device: z.string(),
	address: z.string().nullable(),
	createdAt: z.iso.datetime(),
	lastSeenAt: z.iso.datetime(),
	method: z.enum(signInMethods),
	isCurrent: z.boolean()
});
export type SessionInfo = z.infer<typeof sessionSchema>;
