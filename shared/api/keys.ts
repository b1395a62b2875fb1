import { z } from 'zod';
import { apiKeySchema, apiKeySecretSchema, newApiKeySchema } from '../api-keys.ts';
import type { Endpoint } from './endpoint.ts';

/** Keys for programs: `Authorization: Bearer aura_…` in place of a session, inside one workspace. */
export const keyEndpoints = {
	'GET /api/workspaces/{workspace}/api-keys': {
		summary: 'The keys of a workspace, without their secrets',
		tag: 'api-keys',
		access: 'member',
		response: z.strictObject({ keys: z.array(apiKeySchema) }),
		errors: ['forbidden']
	},
	'POST /api/workspaces/{workspace}/api-keys': {
		summary: 'Make a key; its secret is shown this once',
		tag: 'api-keys',
		access: 'member',
		isStrong: true,
		body: newApiKeySchema,
		status: 201,
		response: apiKeySecretSchema,
		errors: ['forbidden', 'invalid']
	},
	'POST /api/workspaces/{workspace}/api-keys/{key}/rotate': {
		summary: 'Give a key a new secret; the former one works for another day',
		tag: 'api-keys',
		access: 'member',
		isStrong: true,
		response: apiKeySecretSchema,
		errors: ['forbidden']
	},
	'DELETE /api/workspaces/{workspace}/api-keys/{key}': {
		summary: 'Revoke a key at once',
		tag: 'api-keys',
		access: 'member',
		status: 204,
		errors: ['forbidden']
	}
} as const satisfies Record<`${string} /api/${string}`, Endpoint>;
