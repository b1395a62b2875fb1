import { z } from 'zod';
import { idSchema } from './ids.ts';

export const projectTypes = ['campaign', 'brand', 'series', 'folder', 'event'] as const;

/** What never changes of a project once it is made. */
export const projectFactsSchema = z.strictObject({
	type: z.enum(projectTypes),
	createdAt: z.iso.datetime(),
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

/** A day without a time zone, as the calendar of the place shows it: 2026-01-19. */
export const daySchema = z.iso.date();

/** What people change of a project, each its own key. */
export const projectFieldSchemas = {
	name: projectNameSchema,
	date: daySchema,
	parent: idSchema,
	status: z.enum(['active', 'archived'])
};

/** A project as the API and the interface show it: facts and fields joined. */
export const projectSchema = z.strictObject({
	id: idSchema,
	type: z.enum(projectTypes),
	name: z.string(),
	date: daySchema.nullable(),
	parent: idSchema.nullable(),
	status: z.enum(['active', 'archived']),
	createdAt: z.iso.datetime()
});
export type Project = z.infer<typeof projectSchema>;

export const newProjectSchema = z.strictObject({
	type: z.enum(projectTypes).default('event'),
	name: projectNameSchema,
	date: daySchema.nullish(),
	parent: idSchema.nullish()
});
