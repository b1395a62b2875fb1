import { z } from 'zod';
import { idSchema, sha256Schema } from '../ids.ts';
import type { Embedder } from './models.ts';

/** Numbers of a face, at most. */
export const MAX_DIMENSIONS = 1_024;
/** Bytes of a model's file, at most. */
export const MAX_MODEL_BYTES = 1024 ** 3;

const pointSchema = z.tuple([z.number(), z.number()]);
const channelSchema = z.number().min(-1_000).max(1_000);

/** What somebody who adds a model says of it: everything that is needed to use it, and what they may do with it. */
export const newFaceModelSchema = z
	.strictObject({
		name: z
			.string()
			.trim()
			.regex(/^[a-z0-9][a-z0-9.-]{1,39}$/, 'small letters, digits, dots and hyphens, at most 40'),
		/** of its file */
		sha256: sha256Schema,
		/** where the server gets it; null: somebody sends the file */
		address: z
			.url({ protocol: /^https$/ })
			.max(1_000)
			.nullable(),
		source: z.string().trim().min(1).max(300),
		/** SPDX identifier, or what it is called */
		licence: z.string().trim().min(1).max(100),
		licenceText: z.string().trim().min(1).max(40_000),
		/** side of the square input, pixels */
		side: z.int().min(32).max(512),
		channels: z.enum(['rgb', 'bgr']),
		/** subtracted from each plane of 0 to 255, which is then divided by `scale` */
		mean: z.tuple([channelSchema, channelSchema, channelSchema]),
		scale: z.number().positive().max(1_000),
		/** where right eye, left eye (of the person) and mouth belong, pixels */
		alignment: z.strictObject({ rightEye: pointSchema, leftEye: pointSchema, mouth: pointSchema }),
		dimensions: z.int().min(8).max(MAX_DIMENSIONS),
		/** Distance of directions, sqrt(2 - 2 cos), up to which two faces are of one person. */
		threshold: z.number().min(0.05).max(2)
	})
	.superRefine(({ side, alignment }, context) => {
		const isInside = Object.values(alignment)
			.flat()
			.every((value) => value >= 0 && value <= side);
		if (!isInside)
			context.addIssue({ code: 'custom', path: ['alignment'], message: 'outside of the picture' });
		const [[left], [right], [, mouth]] = [alignment.rightEye, alignment.leftEye, alignment.mouth];
		if (right - left < side / 10 || mouth - alignment.rightEye[1] < side / 10)
			context.addIssue({
				code: 'custom',
				path: ['alignment'],
				message: 'the right eye is left of the left one, the mouth below'
			});
	});
export type NewFaceModel = z.output<typeof newFaceModelSchema>;

/** What running a model has shown. */
export interface Contract {
	input: string;
	output: string;
	batch: number;
}

/** @param id names file, manifest and way of use at once */
export const embedderOf = (
	id: string,
	{ name: _, address: _address, licenceText: _text, side, ...rest }: NewFaceModel,
	contract: Contract
): Embedder => ({
	...rest,
	...contract,
	id,
	file: `/models/added/${id}.onnx`,
	size: side,
	isNormalised: true,
	metric: 'euclidean',
	norm: [0.99, 1.01]
});

/** All that is needed to use a model. */
export const embedderSchema: z.ZodType<Embedder> = z.strictObject({
	id: z.string(),
	file: z.string(),
	sha256: z.string(),
	licence: z.string(),
	source: z.string(),
	input: z.string(),
	output: z.string(),
	batch: z.int(),
	size: z.int(),
	channels: z.enum(['rgb', 'bgr']),
	mean: z.tuple([z.number(), z.number(), z.number()]),
	scale: z.number(),
	alignment: z.strictObject({ rightEye: pointSchema, leftEye: pointSchema, mouth: pointSchema }),
	dimensions: z.int(),
	isNormalised: z.boolean(),
	metric: z.literal('euclidean'),
	threshold: z.number(),
	norm: z.tuple([z.number(), z.number()])
});

/** A model of the installation, as whoever runs it sees it. */
export const platformFaceModelSchema = z.strictObject({
	id: z.string(),
	name: z.string(),
	sha256: z.string(),
	source: z.string(),
	licence: z.string(),
	licenceText: z.string(),
	address: z.string().nullable(),
	dimensions: z.int(),
	/** bytes; null: the file is not here yet */
	bytes: z.int().nullable(),
	/** comes with the application */
	isBuiltIn: z.boolean(),
	/** studios that use it, or are changing to it */
	studios: z.int(),
	addedAt: z.iso.datetime().nullable()
});
export type PlatformFaceModel = z.infer<typeof platformFaceModelSchema>;

/** A model that a studio may choose. */
const studioFaceModelSchema = z.strictObject({
	id: z.string(),
	name: z.string(),
	licence: z.string(),
	/** what its makers allow; the name again where it comes with the application */
	licenceText: z.string(),
	source: z.string(),
	dimensions: z.int(),
	bytes: z.int(),
	/** that comes with the model */
	threshold: z.number(),
	/** the studio's own, instead of it */
	ownThreshold: z.number().nullable()
});
export type StudioFaceModel = z.infer<typeof studioFaceModelSchema>;

export const studioFaceModelsSchema = z.strictObject({
	/** what faces are compared with, with the studio's threshold */
	inUse: embedderSchema,
	/** bytes of its file */
	bytes: z.int(),
	/** faces are being made anew with another one, beside those of the one in use; null: none is */
	next: z
		.strictObject({
			model: z.string(),
			/** photos */
			done: z.int(),
			total: z.int()
		})
		.nullable(),
	models: z.array(studioFaceModelSchema)
});
export type StudioFaceModels = z.infer<typeof studioFaceModelsSchema>;

export const chooseFaceModelSchema = z.strictObject({ model: z.string().max(80) });
export const faceThresholdSchema = z.strictObject({
	/** null: that of the model */
	threshold: z.number().min(0.05).max(2).nullable()
});

const pairFaceSchema = z.strictObject({
	event: idSchema,
	/** photo and place */
	face: z.string(),
	/** [x, y, width, height] as fractions of the photo */
	box: z.array(z.number()),
	/** of the photo, in pixels */
	width: z.int(),
	height: z.int()
});
/** Two faces for somebody to say whether they are one person. */
export const facePairSchema = z.strictObject({
	one: pairFaceSchema,
	other: pairFaceSchema,
	distance: z.number()
});
export type FacePair = z.infer<typeof facePairSchema>;
export const facePairsSchema = z.strictObject({
	pairs: z.array(facePairSchema),
	/** all pairs of the faces that were looked at, by distance: counts of steps of equal width from 0 */
	counts: z.array(z.int()),
	step: z.number()
});
export type FacePairs = z.infer<typeof facePairsSchema>;
