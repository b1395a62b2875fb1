import { z } from 'zod';
import { bibOf } from './bib.ts';
import { type ConsentLanguage, consentLanguages } from './consent.ts';
import { embedderSchema } from './faces/manifest.ts';
import { MAX_PICTURE_BYTES } from './files/guests.ts';
import { photoIdSchema } from './ids.ts';

const consentLanguageSchema = z.enum(Object.keys(consentLanguages) as [ConsentLanguage]);

/** Code of a guest's link: 128 random bits in base64url. */
export const guestCodeSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/);

export const guestAccessSchema = z.strictObject({ code: guestCodeSchema, url: z.url() });

/** What a guest sees before anything is asked of them. */
export const scanPageSchema = z.strictObject({
	studio: z.string(),
	event: z.strictObject({ name: z.string(), date: z.string().nullable() }),
	/** the model whose embeddings this event is searched with */
	model: z.string(),
	/** that model, where it is not the application's own; null: it is too large for phones, and a picture is sent */
	embedder: embedderSchema.nullable().optional(),
	/** guests turn their head before their picture is taken: it is asked of them on their phone */
	liveness: z.boolean().optional(),
	/** photos are found by the number on a bib, too: the studio allows it */
	numbers: z.boolean().optional(),
	/** what a guest agrees to, in the languages of the studio */
	consents: z.array(
		z.strictObject({
			language: consentLanguageSchema,
			text: z.string(),
			version: z.string(),
			/** what they agree to where a picture is sent instead; null where none may be sent */
			picture: z.strictObject({ text: z.string(), version: z.string() }).nullable()
		})
	)
});
export type ScanPage = z.infer<typeof scanPageSchema>;

/** How many guests agreed to what, by day; the latest first. */
export const guestConsentsSchema = z.strictObject({
	consents: z.array(
		z.strictObject({
			day: z.string(),
			language: consentLanguageSchema,
			version: z.string(),
			text: z.string(),
			count: z.int()
		})
	)
});
export type GuestConsents = z.infer<typeof guestConsentsSchema>;

/** A face: as numbers that the guest's phone made, or as a small picture that is looked at on the server, once. */
const guestFace = {
	model: z.string().max(80).optional(),
	/** as the model gives it; lengths and norms are checked against the model */
	embedding: z.array(z.number()).max(4_096).optional(),
	/** JPEG, PNG or WebP in base64 */
	picture: z
		.base64()
		.max((MAX_PICTURE_BYTES * 4) / 3)
		.optional()
};
const hasOneFace = (face: { model?: unknown; embedding?: unknown; picture?: unknown }) =>
	face.picture === undefined
		? face.model !== undefined && face.embedding !== undefined
		: face.model === undefined && face.embedding === undefined;
const ONE_FACE = 'Send model and embedding, or a picture.';
const consentSchema = z.strictObject({
	language: consentLanguageSchema,
	version: z.string().max(40)
});

const scanSearchFields = z.strictObject({
	...guestFace,
	/** what the guest agreed to: noted without who they are. Nothing is looked for without it */
	consent: consentSchema.optional(),
	/** asks for more photos like those that the guest said to be on, and unlike those that they said not to be on */
	more: z
		.strictObject({
			me: z.array(photoIdSchema).max(100),
			notMe: z.array(photoIdSchema).max(100)
		})
		.optional()
});
export const scanSearchSchema = scanSearchFields.refine(hasOneFace, ONE_FACE);

export const scanNumberSchema = z.strictObject({
	number: z
		.string()
		.max(20)
		.refine((text) => bibOf(text) !== null, 'Type the number alone, as it is on the bib.')
});

/** A guest asks that their face be forgotten; the studio decides. */
export const scanForgetSchema = scanSearchFields.omit({ more: true }).refine(hasOneFace, ONE_FACE);

export type ScanFace = z.infer<typeof scanForgetSchema>;

/** One photo with the guest on it; addresses expire. No score: it would let a stranger climb towards a face. */
export const scanMatchSchema = z.strictObject({
	photoId: z.string(),
	name: z.string(),
	/** as the camera's clock had it, without a zone; null where it is not known */
	takenAt: z.string().nullable(),
	/** bytes of the original; null while the server does not have it yet */
	size: z.int().nullable(),
	thumb: z.string(),
	full: z.string(),
	original: z.string()
});
export type ScanMatch = z.infer<typeof scanMatchSchema>;
