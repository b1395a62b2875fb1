import { z } from 'zod';
import { identitySchema } from '../auth.ts';
import { passkeyAnswerSchema, passkeyOptionsSchema, passkeySchema } from '../passkeys.ts';
import type { Endpoint } from './endpoint.ts';

/** Signing in without a password, by the device's own lock. */
export const passkeyEndpoints = {
	'GET /api/auth/passkeys': {
		summary: 'My passkeys',
		tag: 'auth',
		access: 'session',
		response: z.strictObject({ passkeys: z.array(passkeySchema) })
	},
	'POST /api/auth/passkeys/options': {
		summary: 'Begin to add a passkey',
		tag: 'auth',
		access: 'session',
		isStrong: true,
		response: passkeyOptionsSchema
	},
	'POST /api/auth/passkeys': {
		summary: 'Add the passkey that the authenticator made',
		tag: 'auth',
		access: 'session',
		isStrong: true,
		body: passkeyAnswerSchema,
		status: 201,
		response: passkeySchema,
		errors: ['invalid', 'conflict']
	},
	'DELETE /api/auth/passkeys/{passkey}': {
		summary: 'Remove a passkey',
		tag: 'auth',
		access: 'session',
		isStrong: true,
		status: 204,
		errors: ['not_found']
	},
	'POST /api/auth/passkeys/login/options': {
		summary: 'Begin to sign in with a passkey',
		tag: 'auth',
		access: 'public',
		response: passkeyOptionsSchema,
		errors: ['too_many_requests']
	},
	'POST /api/auth/passkeys/login': {
		summary: 'Sign in with what the passkey answered; sets the session cookie',
		tag: 'auth',
		access: 'public',
		body: passkeyAnswerSchema,
		response: identitySchema,
		errors: ['unauthenticated', 'invalid', 'too_many_requests']
	}
} as const satisfies Record<`${string} /api/${string}`, Endpoint>;
