import { z } from 'zod';
import { emailSchema, passwordSchema, personNameSchema } from './auth.ts';
import { idSchema } from './ids.ts';
import { invitedRoles, roles } from './permissions.ts';

/** Days for which an invitation can be accepted. */
export const INVITATION_DAYS = 7;

export const newInvitationSchema = z.strictObject({
	email: emailSchema,
	role: z.enum(invitedRoles)
});

/** An invitation that waits to be accepted. */
export const invitationSchema = z.strictObject({
	id: idSchema,
	email: z.string(),
	role: z.enum(roles),
	invitedBy: z.string(),
	createdAt: z.iso.datetime(),
	expiresAt: z.iso.datetime(),
	isExpired: z.boolean()
});
export type Invitation = z.infer<typeof invitationSchema>;

/** What whoever invites gets: the link, to hand over where no mail goes out. */
export const sentInvitationSchema = z.strictObject({
	id: idSchema,
	url: z.url(),
	expiresAt: z.iso.datetime(),
	/** 'sent' by mail, or only kept in a 'file' on the server: then hand the link over yourself */
	mail: z.enum(['sent', 'file', 'failed'])
});
export type SentInvitation = z.infer<typeof sentInvitationSchema>;

/** What the link opens. */
export const openInvitationSchema = z.strictObject({
	workspace: z.string(),
	email: z.string(),
	role: z.enum(roles),
	invitedBy: z.string(),
	expiresAt: z.iso.datetime(),
	/** the invited address has an account here: its password is asked, no new one is made */
	hasAccount: z.boolean()
});
export type OpenInvitation = z.infer<typeof openInvitationSchema>;

/**
 * Accepting: signed in, nothing but perhaps `asMe` (I am somebody else than was invited, and mean it);
 * with an account, its password; new here, a name and a password.
 */
export const acceptInvitationSchema = z.strictObject({
	name: personNameSchema.optional(),
	password: passwordSchema.optional(),
	asMe: z.boolean().optional()
});
