import { z } from 'zod';
import { idSchema } from './ids.ts';
import type { Role } from './permissions.ts';

/** What a key may: each scope is what a role may. No key makes, changes or ends keys. */
export const keyScopes = ['read', 'import', 'edit', 'manage'] as const;
export type KeyScope = (typeof keyScopes)[number];
export const roleOfScope: Record<KeyScope, Role> = {
	read: 'viewer',
	import: 'photographer',
	edit: 'editor',
	manage: 'admin'
};

/** Every secret begins with it, so that scanners and people recognise one. */
export const KEY_PREFIX = 'aura_';
/** Hours for which the former secret works after a rotation. */
export const OVERLAP_HOURS = 24;

export const newApiKeySchema = z.strictObject({
	name: z.string().trim().min(1, 'A name is needed.').max(80),
	scope: z.enum(keyScopes),
	/** days until it expires; absent: never */
	days: z.int().min(1).max(3650).optional()
});

export const apiKeySchema = z.strictObject({
	id: idSchema,
	name: z.string(),
	scope: z.enum(keyScopes),
	/** first characters of the secret */
	hint: z.string(),
	createdBy: z.string(),
	createdAt: z.iso.datetime(),
	expiresAt: z.iso.datetime().nullable(),
	lastUsedAt: z.iso.datetime().nullable()
});
export type ApiKey = z.infer<typeof apiKeySchema>;

/** The only answer that ever carries the secret. */
export const apiKeySecretSchema = z.strictObject({ id: idSchema, secret: z.string() });
