import { z } from 'zod';
import { idSchema } from '../ids.ts';
import { instantSchema } from '../time.ts';

/** Photo and centre of a face, `<photo>/<x>,<y>` in thousandths of the photo; source of a regular expression. */
const FACE = '[0-9a-f]{32}/(?:1000|[0-9]{1,3}),(?:1000|[0-9]{1,3})';
export const faceKeyPattern = new RegExp(`^${FACE}$`);
export const faceAndPersonPattern = new RegExp(
	`^${FACE}/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`
);

/** What never changes of a person once somebody has told them apart. */
export const personFactsSchema = z.strictObject({ createdAt: instantSchema, by: idSchema });
export type PersonFacts = z.infer<typeof personFactsSchema>;

export const personNameSchema = z
	.string()
	.trim()
	.min(1, 'A name is needed.')
	.max(120, 'A name has at most 120 characters.')
	// eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
	.regex(/^[^\u0000-\u001f\u007f]*$/, 'A name has no control characters.');

/** What people change of a person, each its own key. */
export const personFieldSchemas = {
	name: personNameSchema,
	/** not shown among people, and not found by guests */
	hidden: z.literal(true),
	/** the face that stands for them */
	cover: z.strictObject({
		event: idSchema,
		face: z.string().regex(faceKeyPattern)
	}),
	/** the same as this one */
	mergedInto: idSchema
};
export type PersonField = keyof typeof personFieldSchemas;

/** A face in an event. */
export type Cover = z.infer<typeof personFieldSchemas.cover>;
