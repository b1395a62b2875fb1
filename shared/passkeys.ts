import { z } from 'zod';

/** A passkey of mine, as the account page lists it. */
export const passkeySchema = z.strictObject({
	id: z.string(),
	name: z.string(),
	createdAt: z.iso.datetime(),
	lastUsedAt: z.iso.datetime().nullable()
});

/**
 * What the browser's authenticator is asked, and what it answers: WebAuthn's own JSON (W3C WebAuthn 3, 5.1.8 to
 * 5.1.10), judged whole by the library on either side.
 */
export const passkeyOptionsSchema = z.looseObject({ challenge: z.string() });
export const passkeyAnswerSchema = z.looseObject({
	id: z.string().max(1_400),
	rawId: z.string().max(1_400),
	type: z.literal('public-key'),
	response: z.looseObject({ clientDataJSON: z.string().max(10_000) })
});
