import { z } from 'zod';
import { idSchema } from './ids.ts';

/** One thing that was done, as /admin/audit shows it. Entries are only ever added. */
export const auditEntrySchema = z.strictObject({
	id: z.int(),
	at: z.iso.datetime(),
	/** null: the server itself */
	actor: z.strictObject({ id: idSchema, name: z.string() }).nullable(),
	/** what was done: 'member.role', 'invitation.create' */
	action: z.string(),
	/** to what, in words that stay readable when the thing is gone */
	subject: z.string(),
	before: z.unknown(),
	after: z.unknown(),
	/** network address that it came from; null: not over the network */
	address: z.string().nullable()
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** Entries of one page; the next begins before the last one's id. */
export const AUDIT_PAGE = 100;

export const auditQuerySchema = z.object({
	/** in action, subject or the actor's name */
	search: z.string().max(100).optional(),
	/** entries of this kind: 'member', 'invitation', 'session', … */
	kind: z
		.string()
		.regex(/^[a-z_]{1,40}$/)
		.optional(),
	/** entries before this id */
	before: z.coerce.number().int().positive().optional()
});
