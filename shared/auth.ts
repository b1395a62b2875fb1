import { z } from 'zod';
import { idSchema } from './ids.ts';
import { roles } from './permissions.ts';
import { workspaceStatuses } from './workspace-status.ts';

export const emailSchema = z
	.string()
	.trim()
	.toLowerCase()
	.max(254)
	.pipe(z.email('That is not an e-mail address.'));
export const passwordSchema = z
	.string()
	.min(10, 'A password has at least 10 characters.')
	.max(200, 'A password has at most 200 characters.');
export const personNameSchema = z.string().trim().min(1, 'A name is needed.').max(100);
/** Addresses that pages of the application have, or that would look as if they spoke for it. */
const reservedSlugs =
	'about abuse account admin api app assets aura auth billing blog capture contact docs favicon help invitations legal mail new platform privacy reset root scan security setup settings signin signup static status superadmin support sync system team terms trash webmaster workspaces www'.split(
		' '
	);

export const slugSchema = z
	.string()
	.regex(/^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/, 'Small letters, digits and hyphens; 48 at most.')
	.refine((slug) => !slug.startsWith('xn--'), 'An address does not begin with xn--.')
	.refine(
		(slug) => !reservedSlugs.includes(slug),
		'This address is kept for the application itself. Choose another one.'
	);
export const workspaceNameSchema = z.string().trim().min(1, 'A name is needed.').max(80);

export const newWorkspaceSchema = z.strictObject({ name: workspaceNameSchema, slug: slugSchema });

export const setupSchema = z.strictObject({
	token: z.string().min(1).max(200),
	name: personNameSchema,
	email: emailSchema,
	password: passwordSchema,
	workspace: newWorkspaceSchema
});

export const credentialsSchema = z.strictObject({
	email: z.string().trim().toLowerCase().max(254),
	password: z.string().max(200)
});

export const resetRequestSchema = z.strictObject({ email: emailSchema });
export const passwordResetSchema = z.strictObject({ password: passwordSchema });

export const membershipSchema = z.strictObject({
	id: idSchema,
	name: z.string(),
	slug: z.string(),
	role: z.enum(roles),
	status: z.enum(workspaceStatuses),
	/** why it is suspended, for its people */
	statusReason: z.string().nullable()
});
export type Membership = z.infer<typeof membershipSchema>;

export const userSchema = z.strictObject({
	id: idSchema,
	name: z.string(),
	email: z.string(),
	isSuperadmin: z.boolean()
});
export type User = z.infer<typeof userSchema>;

/** Who is signed in, and where they belong. */
export const identitySchema = z.strictObject({
	user: userSchema,
	workspaces: z.array(membershipSchema)
});
export type Identity = z.infer<typeof identitySchema>;
