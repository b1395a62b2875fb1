import { z } from 'zod';
import { idSchema, photoIdSchema } from '../ids.ts';
import { projectTypes } from '../projects/project.ts';
import { reasonSchema } from '../reason.ts';

/** Photos that one request is about, at most. */
export const MAX_TRASHED = 500;

const photoRefSchema = z.strictObject({ event: idSchema, photo: photoIdSchema });

/** What is taken out of the trash, or removed for good. */
export const trashRefsSchema = z
	.strictObject({
		photos: z.array(photoRefSchema).max(MAX_TRASHED).default([]),
		projects: z.array(idSchema).max(20).default([])
	})
	.refine(({ photos, projects }) => photos.length + projects.length > 0, 'Name something.');
export type TrashRefs = z.output<typeof trashRefsSchema>;

export const purgeSchema = trashRefsSchema.safeExtend({ reason: reasonSchema });

const trashedSchema = {
	/** when it was put there, by the clock of the device */
	at: z.iso.datetime(),
	/** null: not known */
	by: z.strictObject({ id: idSchema, name: z.string() }).nullable(),
	/** when it goes for good */
	goesAt: z.iso.datetime(),
	/** that would be free then */
	bytes: z.int()
};

export const trashSchema = z.strictObject({
	days: z.int(),
	/** whether there are more than these, the latest first */
	isAll: z.boolean(),
	photos: z.array(
		z.strictObject({
			...trashedSchema,
			event: idSchema,
			eventName: z.string(),
			photo: photoIdSchema,
			name: z.string()
		})
	),
	projects: z.array(
		z.strictObject({
			...trashedSchema,
			id: idSchema,
			type: z.enum(projectTypes),
			name: z.string(),
			/** in it, at any depth */
			photos: z.int()
		})
	)
});
export type Trash = z.infer<typeof trashSchema>;

/** What was done; what is not there any more is passed over. */
export const trashDoneSchema = z.strictObject({ photos: z.int(), projects: z.int() });
