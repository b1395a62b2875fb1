import { z } from 'zod';
import { newWorkspaceSchema } from './auth.ts';
import { idSchema } from './ids.ts';
import { workspaceStatuses } from './workspace-status.ts';

/** What its people may change of a workspace. */
export const workspaceChangesSchema = newWorkspaceSchema.partial();

/** What an owner makes of a workspace. Deleting asks for its name, so that nobody does it by mistake. */
export const ownStatusSchema = z.discriminatedUnion('status', [
	z.strictObject({ status: z.enum(['active', 'archived']) }),
	z.strictObject({ status: z.literal('deleted'), name: z.string() })
]);

/** What the platform makes of a workspace, and why; people read the reason. */
export const platformStatusSchema = z.discriminatedUnion('status', [
	z.strictObject({ status: z.literal('active') }),
	z.strictObject({ status: z.literal('suspended'), reason: z.string().trim().min(1).max(500) })
]);

/** A workspace as the platform's superadmin sees it. */
export const platformWorkspaceSchema = z.strictObject({
	id: idSchema,
	name: z.string(),
	slug: z.string(),
	status: z.enum(workspaceStatuses),
	statusReason: z.string().nullable(),
	members: z.int(),
	owner: z.string().nullable(),
	createdAt: z.iso.datetime()
});
export type PlatformWorkspace = z.infer<typeof platformWorkspaceSchema>;
