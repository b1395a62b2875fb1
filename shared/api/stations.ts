import { z } from 'zod';
import { identitySchema } from '../auth.ts';
import {
	newStationSchema,
	stationFaceSchema,
	stationKeySchema,
	stationSchema,
	unlockSchema
} from '../stations.ts';
import type { Endpoint } from './endpoint.ts';

/** Devices on which people sign in with a PIN or their face, and what devices may do without a network. */
export const stationEndpoints = {
	'GET /api/auth/claims': {
		summary: 'Who I am and where I belong, signed: the device works by it without a network',
		tag: 'auth',
		access: 'session',
		response: z.strictObject({ token: z.string() })
	},
	'GET /api/auth/keys': {
		summary: 'Public keys that claims are verified with (JSON Web Key Set)',
		tag: 'auth',
		access: 'public',
		response: z.strictObject({
			keys: z.array(
				z.strictObject({
					kty: z.literal('OKP'),
					crv: z.literal('Ed25519'),
					x: z.string(),
					alg: z.literal('EdDSA'),
					use: z.literal('sig'),
					kid: z.string()
				})
			)
		})
	},
	'GET /api/auth/stations': {
		summary: 'Devices on which I sign in with a PIN',
		tag: 'auth',
		access: 'session',
		response: z.strictObject({
			stations: z.array(stationSchema),
			/** all my workspaces allow that a face unlocks a station */
			mayUseFace: z.boolean()
		})
	},
	'POST /api/auth/stations': {
		summary: 'Let this device be unlocked with a PIN. The key is shown once and stays on it',
		tag: 'auth',
		access: 'session',
		isStrong: true,
		body: newStationSchema,
		status: 201,
		response: stationKeySchema,
		errors: ['invalid', 'sign_in_again']
	},
	'DELETE /api/auth/stations/{station}': {
		summary: 'No PIN for a device any more',
		tag: 'auth',
		access: 'session',
		status: 204,
		errors: ['not_found']
	},
	'PUT /api/auth/stations/{station}/face': {
		summary: 'Let my face unlock this device too; needs its key',
		tag: 'auth',
		access: 'session',
		isStrong: true,
		body: stationFaceSchema,
		status: 204,
		errors: ['forbidden', 'not_found', 'invalid', 'sign_in_again']
	},
	'DELETE /api/auth/stations/{station}/face': {
		summary: 'Forget my face on a device',
		tag: 'auth',
		access: 'session',
		status: 204,
		errors: ['not_found']
	},
	'POST /api/auth/stations/{station}/unlock': {
		summary: 'Sign in on an enrolled device with its key and a PIN or a face',
		tag: 'auth',
		access: 'public',
		body: unlockSchema,
		response: identitySchema,
		errors: ['unauthenticated', 'forbidden', 'too_many_requests', 'invalid']
	}
} as const satisfies Record<`${string} /api/${string}`, Endpoint>;
