import { z } from 'zod';
import { idSchema, photoIdSchema, sha256Schema } from '../ids.ts';
import { MAX_FILE_BYTES } from '../photos/limits.ts';
import { fileKinds } from './kinds.ts';
import { MAX_FILES, chunkBytes, manifestFault, readManifest } from './manifest.ts';

/** A manifest in base64; parsed to its pieces. */
const manifestSchema = z.base64().transform((text, context) => {
	try {
		return readManifest(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
	} catch (error) {
		context.addIssue({ code: 'custom', message: (error as Error).message });
		return z.NEVER;
	}
});

/** A file as its sender describes it. */
const fileSchema = z.strictObject({
	event: idSchema,
	photo: photoIdSchema,
	kind: z.enum(fileKinds),
	sha256: sha256Schema,
	/** bytes */
	size: z.int().min(1).max(MAX_FILE_BYTES)
});

/** An offer names the pieces too; a file that is sent as one piece needs not. */
const offeredSchema = fileSchema
	.extend({ chunks: manifestSchema.optional() })
	.transform(({ chunks, ...file }) => ({
		...file,
		chunks: chunks ?? [{ length: file.size, hash: file.sha256 }],
		isWhole: chunks === undefined
	}))
	.superRefine(({ chunks, size, isWhole }, context) => {
		const fault = isWhole && size <= chunkBytes.max ? null : manifestFault(chunks, size);
		if (fault) context.addIssue({ code: 'custom', message: fault });
	});
export type FileOffer = z.output<typeof offeredSchema>;
export type FileRef = z.output<typeof fileSchema>;

export const offerSchema = z.strictObject({
	/** whoever sends, in one life of one page: what is still on its way from it is cut when it asks again */
	sender: z.string().regex(/^[\w-]{8,64}$/),
	/** the network was cut since the last request */
	isAgain: z.boolean(),
	files: z.array(offeredSchema).min(1).max(MAX_FILES)
});
export const commitSchema = z.strictObject({ files: z.array(fileSchema).min(1).max(MAX_FILES) });
/** Manifests of the largest files together. */
export const MAX_OFFER_BYTES = 8 * 1024 ** 2;

/** What the server has of a file: stored whole, or the pieces that it lacks. */
export const fileStateSchema = z.strictObject({
	stored: z.boolean(),
	/** number of each piece that is not there whole, and how many of its bytes are */
	missing: z.array(z.tuple([z.int(), z.int()])),
	/** why this file is not taken */
	problem: z.looseObject({ code: z.string(), detail: z.string() }).optional()
});
export type FileState = z.infer<typeof fileStateSchema>;
export const fileStatesSchema = z.strictObject({ files: z.array(fileStateSchema) });

export const senderQuerySchema = z.object({ sender: z.string().regex(/^[\w-]{8,64}$/) });
/** How long pieces are kept for whoever goes on, days. */
export const UPLOAD_DAYS = 7;
