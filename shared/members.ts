import { z } from 'zod';
import { idSchema } from './ids.ts';
import { roles } from './permissions.ts';

/** Somebody who belongs to a workspace. */
export const memberSchema = z.strictObject({
	user: z.strictObject({ id: idSchema, name: z.string(), email: z.string() }),
	role: z.enum(roles),
	joinedAt: z.iso.datetime(),
	/** when this person's sessions were last used anywhere; null: never signed in, or long ago */
	lastSeenAt: z.iso.datetime().nullable()
});
export type Member = z.infer<typeof memberSchema>;

export const memberRoleSchema = z.strictObject({ role: z.enum(roles) });
export const newOwnerSchema = z.strictObject({ user: idSchema });
