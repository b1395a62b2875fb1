import { z } from 'zod';
import { idSchema } from '../ids.ts';
import { daySchema } from '../time.ts';
import { faceKeyPattern } from './person.ts';

/** Where a face is: photo and centre in thousandths of it, `<photo>/<x>,<y>`. */
const faceSchema = z.string();

/** Somebody as the API lists them; who was merged into somebody else is not among them. */
export const personSchema = z.strictObject({
	id: idSchema,
	/** '': nobody has named them */
	name: z.string(),
	isHidden: z.boolean(),
	/** the face that was chosen to stand for them, or else the one that shows them best */
	cover: z
		.strictObject({
			event: idSchema,
			face: faceSchema,
			/** [x, y, width, height] as fractions of the photo; null: no such face is found any more */
			box: z.array(z.number()).nullable(),
			/** of the photo, in pixels */
			width: z.int(),
			height: z.int()
		})
		.nullable(),
	/** that they are on, among those that the asking person sees */
	photos: z.int(),
	events: z.int()
});
export type ListedPerson = z.infer<typeof personSchema>;

/** How it is known who a face is: somebody said so, it looks like such a face, or like one of another event. */
export const origins = ['said', 'grouped', 'known'] as const;

export const appearanceSchema = z.strictObject({
	event: idSchema,
	photo: z.string(),
	face: faceSchema,
	/** of the picture, by area: [0, 1] */
	share: z.number(),
	/** 1: the largest face of the photo */
	rank: z.int(),
	origin: z.enum(origins)
});

/** One person with their photos, the latest event first, each in the order of the camera's clock. */
export const personPageSchema = z.strictObject({
	person: personSchema,
	appearances: z.array(
		appearanceSchema.extend({
			name: z.string(),
			takenAt: z.string().nullable(),
			width: z.int(),
			height: z.int()
		})
	),
	/** who is on the same photos, most often first */
	with: z.array(z.strictObject({ person: idSchema, photos: z.int() }))
});
export type PersonPage = z.infer<typeof personPageSchema>;

/** Faces of one event of which nothing is to be kept. */
export const forgetFacesSchema = z.strictObject({
	faces: z.array(z.string().regex(faceKeyPattern)).min(1).max(500)
});
export const forgottenSchema = z.strictObject({ faces: z.int(), events: z.int() });

/** A guest's wish to be forgotten, with the faces that looked like theirs; the earliest first. */
export const forgetRequestsSchema = z.strictObject({
	requests: z.array(
		z.strictObject({
			id: idSchema,
			event: idSchema,
			eventName: z.string(),
			askedAt: z.iso.datetime(),
			/** faces that are there still, with their photos' sizes */
			faces: z.array(
				z.strictObject({
					key: faceSchema,
					box: z.array(z.number()),
					width: z.int(),
					height: z.int()
				})
			)
		})
	)
});
export type ForgetRequest = z.infer<typeof forgetRequestsSchema>['requests'][number];

export const forgetDecisionSchema = z.strictObject({
	/** those that are the guest's; none: it is declined */
	faces: z.array(z.string().regex(faceKeyPattern)).max(500)
});

export const faceSearchSchema = z.strictObject({
	model: z.string().max(80),
	/** as the model gives it; length and norm are checked against the model */
	embedding: z.array(z.number()).max(4_096),
	event: idSchema.optional(),
	/** photos taken from this day on, to this day */
	from: daySchema.optional(),
	to: daySchema.optional(),
	/** with at least so many stars */
	rating: z.int().min(1).max(5).optional(),
	limit: z.int().min(1).max(1_000).default(200)
});

/** Photos with the face, nearest first, each once. No distance: it would let a stranger climb towards a face. */
export const faceSearchAnswerSchema = z.strictObject({
	photos: z.array(
		z.strictObject({
			...{ event: idSchema, photo: z.string(), face: faceSchema, name: z.string() },
			/** of the photo, in pixels */
			...{ width: z.int(), height: z.int() }
		})
	)
});
