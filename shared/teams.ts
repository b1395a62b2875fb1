import { z } from 'zod';
import { idSchema } from './ids.ts';

const nameSchema = z.string().trim().min(1, 'A name is needed.').max(80);

/** A named group of members, assigned to projects together. */
export const teamSchema = z.strictObject({
	id: idSchema,
	name: z.string(),
	/** ids of people */
	members: z.array(idSchema)
});
export type Team = z.infer<typeof teamSchema>;

export const newTeamSchema = z.strictObject({
	name: nameSchema,
	members: z.array(idSchema).max(500).default([])
});
/** `add` and `remove` name people: two admins at once do not undo each other. */
export const teamChangesSchema = z.strictObject({
	name: nameSchema.optional(),
	add: z.array(idSchema).max(500).default([]),
	remove: z.array(idSchema).max(500).default([])
});
