import { z } from 'zod';
import { idSchema } from './ids.ts';
import { metadataSchema } from './projects/project.ts';
import { daySchema } from './time.ts';

export const plans = ['free', 'pro', 'enterprise'] as const;

const usdSchema = z.number().positive().max(1_000_000).multipleOf(0.01);

/** Something that was spent: a data bundle, prints, a second shooter. */
export const newCostSchema = z.strictObject({
	day: daySchema,
	/** US dollars */
	usd: usdSchema,
	what: z.string().trim().min(1, 'Say what it was for.').max(200),
	project: idSchema.nullish()
});
export const costSchema = z.strictObject({
	id: idSchema,
	day: daySchema,
	usd: z.number(),
	what: z.string(),
	project: idSchema.nullable(),
	by: z.string()
});
export type Cost = z.infer<typeof costSchema>;

/** Few numbers of a workspace, as the switcher shows them. Null: not for this person. */
export const workspaceNumbersSchema = z.strictObject({
	id: idSchema,
	events: z.int(),
	photos: z.int(),
	/** stored by the server, bytes */
	bytes: z.int().nullable(),
	/** null: no limit, or not for this person */
	quotaBytes: z.int().nullable(),
	/** this month, US dollars */
	spentUsd: z.number().nullable(),
	budgetUsd: z.number().nullable()
});
export type WorkspaceNumbers = z.infer<typeof workspaceNumbersSchema>;

export const statsQuerySchema = z.object({
	/** how many days back, today included */
	days: z.coerce.number().int().min(7).max(366).default(90)
});

export const statsSchema = z.strictObject({
	projects: z.int(),
	events: z.int(),
	/** events whose days include today */
	eventsLive: z.int(),
	photos: z.int(),
	faces: z.int(),
	members: z.int(),
	/** stored files */
	assets: z.int(),
	bytes: z.int(),
	quotaBytes: z.int().nullable(),
	/** this month */
	spentUsd: z.number(),
	budgetUsd: z.number().nullable(),
	/** each day of the period, the first one first: photos imported, bytes stored at its end, spent on it */
	days: z.array(
		z.strictObject({ day: daySchema, photos: z.int(), bytes: z.int(), usd: z.number() })
	),
	/** by face, in the period */
	searches: z.strictObject({ guests: z.int(), team: z.int() }),
	/** bytes by kind of file */
	kinds: z.array(z.strictObject({ kind: z.string(), bytes: z.int() })),
	/** events with most photos */
	largest: z.array(
		z.strictObject({ id: idSchema, name: z.string(), photos: z.int(), bytes: z.int() })
	)
});
export type Stats = z.infer<typeof statsSchema>;

/** A workspace with everything that its people see of it. */
export const workspaceSchema = z.strictObject({
	id: idSchema,
	name: z.string(),
	slug: z.string(),
	plan: z.enum(plans),
	quotaBytes: z.int().nullable(),
	budgetUsd: z.number().nullable(),
	settings: metadataSchema,
	createdAt: z.iso.datetime()
});
export type Workspace = z.infer<typeof workspaceSchema>;

/** What the platform allows a workspace. */
export const planSchema = z.strictObject({
	plan: z.enum(plans),
	/** null: no limit */
	quotaBytes: z.int().positive().max(Number.MAX_SAFE_INTEGER).nullable()
});
