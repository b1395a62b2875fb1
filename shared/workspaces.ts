import { z } from 'zod';
import { newWorkspaceSchema } from './auth.ts';
import { idSchema } from './ids.ts';
import { metadataSchema } from './projects/project.ts';
import { reasonSchema } from './reason.ts';
import { plans } from './usage.ts';
import { workspaceStatuses } from './workspace-status.ts';

/** What its people may change of a workspace. */
export const workspaceChangesSchema = newWorkspaceSchema.partial().extend({
	/** what it means to spend in a month, US dollars; null: no budget */
	budgetUsd: z.number().min(0).max(10_000_000).multipleOf(0.01).nullable().optional(),
	settings: metadataSchema.optional()
});

/** What an owner makes of a workspace. Deleting asks for its name, so that nobody does it by mistake. */
export const ownStatusSchema = z.discriminatedUnion('status', [
	z.strictObject({ status: z.enum(['active', 'archived']) }),
	z.strictObject({ status: z.literal('deleted'), name: z.string() })
]);

/** What the platform makes of a workspace, and why; people read the reason. */
export const platformStatusSchema = z.discriminatedUnion('status', [
	z.strictObject({ status: z.literal('active') }),
	z.strictObject({ status: z.literal('suspended'), reason: reasonSchema })
]);

/** A workspace as the platform's superadmin sees it. */
export const platformWorkspaceSchema = z.strictObject({
	id: idSchema,
	name: z.string(),
	slug: z.string(),
	status: z.enum(workspaceStatuses),
	statusReason: z.string().nullable(),
	members: z.int(),
	plan: z.enum(plans),
	/** null: no limit */
	quotaBytes: z.int().nullable(),
	owner: z.string().nullable(),
	createdAt: z.iso.datetime()
});
export type PlatformWorkspace = z.infer<typeof platformWorkspaceSchema>;
