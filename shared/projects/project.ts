import { z } from 'zod';
import { idSchema } from '../ids.ts';
import type { Source } from '../photos/source.ts';
import { daySchema, instantSchema } from '../time.ts';

/** From the widest to the narrowest; only an event has photos, and nothing lies under it. */
export const projectTypes = ['campaign', 'brand', 'series', 'folder', 'event'] as const;
export type ProjectType = (typeof projectTypes)[number];

export const projectStatuses = ['active', 'archived'] as const;

/** How new photos of an event come: to stay, or for the time being. */
export const intakes = ['cloud', 'event_temp'] as const satisfies readonly Source[];

/** Whether faces are looked for on an event's photos; 'off': none is found, kept or searched. */
export const faceLooks = ['on', 'off'] as const;

/** What never changes of a project once it is made. */
export const projectFactsSchema = z.strictObject({
	type: z.enum(projectTypes),
	createdAt: instantSchema,
	by: idSchema
});
export type ProjectFacts = z.infer<typeof projectFactsSchema>;

export const projectNameSchema = z
	.string()
	.trim()
	.min(1, 'A name is needed.')
	.max(120, 'A name has at most 120 characters.')
	// eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
	.regex(/^[^\u0000-\u001f\u007f]*$/, 'A name has no control characters.');

/** What other programs note of a project: flat, at most 40 entries. */
export const metadataSchema = z
	.record(
		z.string().trim().min(1).max(60),
		z.union([z.string().max(500), z.number(), z.boolean(), z.null()])
	)
	.refine((entries) => Object.keys(entries).length <= 40, 'Metadata has at most 40 entries.');
export type ProjectMetadata = z.infer<typeof metadataSchema>;

/** What people change of a project, each its own key. */
export const projectFieldSchemas = {
	name: projectNameSchema,
	slug: z
		.string()
		.regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'Small letters, digits and single hyphens.')
		.max(80),
	description: z.string().max(4000, 'A description has at most 4,000 characters.'),
	/** the first day, or the only one */
	date: daySchema,
	endDate: daySchema,
	parent: idSchema,
	status: z.enum(projectStatuses),
	metadata: metadataSchema,
	intake: z.enum(intakes),
	faces: z.enum(faceLooks),
	/** since when it lies in the trash, with everything below it */
	trashedAt: instantSchema,
	/** who put it there */
	trashedBy: idSchema
};
export type ProjectField = keyof typeof projectFieldSchemas;

/** A project as the API and the interface show it: facts and fields joined. */
export const projectSchema = z.strictObject({
	id: idSchema,
	type: z.enum(projectTypes),
	name: z.string(),
	slug: z.string().nullable(),
	description: z.string(),
	date: daySchema.nullable(),
	endDate: daySchema.nullable(),
	parent: idSchema.nullable(),
	status: z.enum(projectStatuses),
	metadata: metadataSchema,
	intake: z.enum(intakes),
	faces: z.enum(faceLooks),
	trashedAt: z.iso.datetime().nullable(),
	trashedBy: idSchema.nullable(),
	createdAt: z.iso.datetime()
});
export type Project = z.infer<typeof projectSchema>;

const { name, slug, description, date, endDate, parent, status, metadata, intake, faces } =
	projectFieldSchemas;
const endsAfterItBegins = (given: { date?: string | null; endDate?: string | null }) =>
	!given.date || !given.endDate || given.date <= given.endDate;
const order = { path: ['endDate'], error: 'The last day is before the first one.' };

export const newProjectSchema = z
	.strictObject({
		type: z.enum(projectTypes).default('event'),
		name,
		slug: slug.nullish(),
		description: description.nullish(),
		date: date.nullish(),
		endDate: endDate.nullish(),
		parent: parent.nullish(),
		metadata: metadata.nullish(),
		intake: intake.nullish(),
		faces: faces.nullish()
	})
	.refine(endsAfterItBegins, order);

/** What changes; null clears. */
export const projectChangesSchema = z
	.strictObject({
		name,
		slug: slug.nullable(),
		description: description.nullable(),
		date: date.nullable(),
		endDate: endDate.nullable(),
		parent: parent.nullable(),
		status,
		metadata: metadata.nullable(),
		intake: intake.nullable(),
		faces: faces.nullable()
	})
	.partial()
	.refine(endsAfterItBegins, order);
export type ProjectChanges = z.output<typeof projectChangesSchema>;

/** What a list of projects is narrowed to. `trashed` is what was put into the trash itself or lies below it. */
export const projectQuerySchema = z.object({
	type: z.enum(projectTypes).optional(),
	/** directly below this project, or at the top: `none` */
	parent: z.union([z.literal('none'), idSchema]).optional(),
	status: z.enum([...projectStatuses, 'trashed']).optional()
});
