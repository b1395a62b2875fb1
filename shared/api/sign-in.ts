import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';

const pathSchema = z.string().max(200);

/** Signing in with accounts elsewhere. */
export const signInEndpoints = {
	'GET /api/auth/methods': {
		summary: 'Ways to sign in that this installation offers beside e-mail, password and passkeys',
		tag: 'auth',
		access: 'public',
		response: z.strictObject({ github: z.boolean() })
	},
	'GET /api/auth/github': {
		summary: 'Begin to sign in with GitHub: leads there (state, PKCE)',
		tag: 'auth',
		access: 'public',
		query: z.object({
			/** page of this application to go to afterwards */
			to: pathSchema.optional(),
			/** `1`: connect the account to whoever is signed in */
			link: z.literal('1').optional(),
			/** the token of an empty installation */
			setup: z.string().max(200).optional(),
			/** the token of an invitation, for somebody who is new here */
			invitation: z.string().max(200).optional()
		}),
		produces: 'text/html',
		errors: ['bad_request', 'not_found', 'too_many_requests']
	},
	'GET /api/auth/github/callback': {
		summary: 'Where GitHub leads back to; sets the session cookie',
		tag: 'auth',
		access: 'public',
		query: z.object({
			code: z.string().max(500).optional(),
			state: z.string().max(500).optional(),
			error: z.string().max(500).optional()
		}),
		produces: 'text/html',
		errors: ['bad_request', 'not_found', 'too_many_requests']
	},
	'GET /api/auth/accounts': {
		summary: 'My accounts elsewhere that I sign in with',
		tag: 'auth',
		access: 'session',
		response: z.strictObject({
			github: z.strictObject({ login: z.string(), connectedAt: z.iso.datetime() }).nullable()
		})
	},
	'DELETE /api/auth/accounts/github': {
		summary: 'Sign in with GitHub no more',
		tag: 'auth',
		access: 'session',
		isStrong: true,
		status: 204
	},
	'GET /api/auth/avatar': {
		summary: 'My picture; 204 where there is none',
		tag: 'auth',
		access: 'session',
		produces: 'image/*'
	}
} as const satisfies Record<`${string} /api/${string}`, Endpoint>;
