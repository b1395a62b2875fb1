import { z } from 'zod';
import {
	credentialsSchema,
	identitySchema,
	membershipSchema,
	newWorkspaceSchema,
	setupSchema
} from '../auth.ts';
import { assetSchema } from '../files/lineage.ts';
import { MAX_CHUNKS_BYTES } from '../files/manifest.ts';
import {
	MAX_OFFER_BYTES,
	commitSchema,
	fileStatesSchema,
	offerSchema,
	senderQuerySchema
} from '../files/upload.ts';
import {
	HISTORY_DAYS,
	stretchSchema,
	takeBackSchema,
	takenBackSchema
} from '../documents/history.ts';
import { authorsSchema } from '../documents/authors.ts';
import { photoSchema } from '../photos/listing.ts';
import {
	guestAccessSchema,
	guestConsentsSchema,
	scanForgetSchema,
	scanMatchSchema,
	scanNumberSchema,
	scanPageSchema,
	scanSearchSchema
} from '../scan.ts';
import type { Endpoint } from './endpoint.ts';
import { exportEndpoints } from './exports.ts';
import { keyEndpoints } from './keys.ts';
import { passkeyEndpoints } from './passkeys.ts';
import { projectEndpoints } from './projects.ts';
import { signInEndpoints } from './sign-in.ts';
import { stationEndpoints } from './stations.ts';
import { teamEndpoints } from './team.ts';
import { faceModelEndpoints } from './face-models.ts';
import { peopleEndpoints } from './people.ts';
import { temporaryEndpoints } from './temporary.ts';
import { trashEndpoints } from './trash.ts';
import { usageEndpoints } from './usage.ts';

/** Every endpoint, by method and path: the one source of the wire. */
export const endpoints = {
	...teamEndpoints,
	...exportEndpoints,
	...keyEndpoints,
	...passkeyEndpoints,
	...projectEndpoints,
	...signInEndpoints,
	...stationEndpoints,
	...temporaryEndpoints,
	...faceModelEndpoints,
	...peopleEndpoints,
	...trashEndpoints,
	...usageEndpoints,
	'GET /api/health': {
		summary: 'Whether the server works, and with which database',
		tag: 'platform',
		access: 'public',
		response: z.strictObject({
			status: z.literal('ok'),
			version: z.string(),
			database: z.enum(['embedded', 'postgres']),
			/** what embeddings of faces are kept as: without pgvector searches take longer */
			vectors: z.enum(['pgvector', 'arrays'])
		})
	},
	'POST /api/setup': {
		summary: 'Set up an empty installation: the first person and their studio',
		tag: 'platform',
		access: 'public',
		body: setupSchema,
		status: 201,
		response: identitySchema,
		errors: ['forbidden', 'conflict', 'invalid', 'too_many_requests']
	},
	'GET /api/setup': {
		summary: 'Whether this installation still waits to be set up',
		tag: 'platform',
		access: 'public',
		response: z.strictObject({ needed: z.boolean() })
	},
	'POST /api/auth/login': {
		summary: 'Sign in with e-mail and password; sets the session cookie',
		tag: 'auth',
		access: 'public',
		body: credentialsSchema,
		response: identitySchema,
		errors: ['unauthenticated', 'too_many_requests']
	},
	'GET /api/auth/me': {
		summary: 'Who is signed in',
		tag: 'auth',
		access: 'session',
		response: identitySchema
	},
	'POST /api/auth/logout': {
		summary: 'End this session',
		tag: 'auth',
		access: 'session',
		status: 204
	},
	'GET /api/workspaces': {
		summary: 'The workspaces that I belong to',
		tag: 'workspaces',
		access: 'session',
		response: z.strictObject({ workspaces: z.array(membershipSchema) })
	},
	'POST /api/workspaces': {
		summary: 'Create a workspace and become its owner',
		tag: 'workspaces',
		access: 'session',
		body: newWorkspaceSchema,
		status: 201,
		response: membershipSchema,
		errors: ['conflict', 'invalid']
	},
	'GET /api/workspaces/{workspace}/events/{event}/photos': {
		summary: 'The photos of an event, oldest first, with the state of their files',
		tag: 'photos',
		access: 'member',
		response: z.strictObject({ photos: z.array(photoSchema) })
	},
	'GET /api/workspaces/{workspace}/events/{event}/authors': {
		summary: "Who writes as which client of the event's document: whose ratings are whose",
		tag: 'photos',
		access: 'member',
		response: authorsSchema
	},
	'GET /api/workspaces/{workspace}/events/{event}/history': {
		summary: `What people changed in an event in the last ${HISTORY_DAYS} days, newest first`,
		tag: 'photos',
		access: 'member',
		response: z.strictObject({ stretches: z.array(stretchSchema) }),
		errors: ['forbidden']
	},
	'POST /api/workspaces/{workspace}/events/{event}/history/take-back': {
		summary: 'Put back what somebody changed or removed, where nobody has changed it since',
		tag: 'photos',
		access: 'member',
		body: takeBackSchema,
		response: takenBackSchema,
		errors: ['forbidden']
	},
	'POST /api/workspaces/{workspace}/uploads/offer': {
		summary: 'Offer files by their pieces: which of them does the server lack?',
		tag: 'files',
		access: 'member',
		body: offerSchema,
		maxBytes: MAX_OFFER_BYTES,
		response: fileStatesSchema,
		errors: ['forbidden', 'invalid', 'too_large']
	},
	'PUT /api/workspaces/{workspace}/uploads/chunks': {
		summary:
			'Send pieces of offered files, several in one request; what arrives of a request that is cut off is kept',
		tag: 'files',
		access: 'member',
		query: senderQuerySchema,
		bytes: { maxBytes: MAX_CHUNKS_BYTES, isStream: true },
		response: z.strictObject({ bytes: z.int() }),
		errors: ['forbidden', 'not_found', 'too_large', 'invalid']
	},
	'POST /api/workspaces/{workspace}/uploads/commit': {
		summary: 'Assemble, verify and place files whose pieces were sent',
		tag: 'files',
		access: 'member',
		body: commitSchema,
		response: fileStatesSchema,
		errors: ['forbidden', 'invalid']
	},
	'GET /api/workspaces/{workspace}/events/{event}/photos/{photo}/files/{kind}': {
		summary: 'The bytes of a file',
		tag: 'files',
		access: 'member',
		produces: 'application/octet-stream',
		errors: ['range_not_satisfiable']
	},
	'GET /api/workspaces/{workspace}/events/{event}/photos/{photo}/assets': {
		summary: 'The stored files of a photo, what they were made of, and what was made of them',
		tag: 'files',
		access: 'member',
		response: z.strictObject({ assets: z.array(assetSchema) })
	},
	'GET /api/workspaces/{workspace}/events/{event}/guest-access': {
		summary: 'The link for guests of an event, if it is published',
		tag: 'scan',
		access: 'member',
		response: guestAccessSchema
	},
	'PUT /api/workspaces/{workspace}/events/{event}/guest-access': {
		summary: 'Publish an event to guests: makes the link, or gives the one there is',
		tag: 'scan',
		access: 'member',
		response: guestAccessSchema,
		errors: ['forbidden']
	},
	'DELETE /api/workspaces/{workspace}/events/{event}/guest-access': {
		summary: 'Revoke the link for guests',
		tag: 'scan',
		access: 'member',
		status: 204,
		errors: ['forbidden']
	},
	'GET /api/workspaces/{workspace}/events/{event}/guest-access/poster': {
		summary: 'A poster with the QR code, ready to print (PDF, A4)',
		tag: 'scan',
		access: 'member',
		produces: 'application/pdf'
	},
	'GET /api/workspaces/{workspace}/events/{event}/guest-access/consents': {
		summary: 'How many guests agreed to have their face looked at, and to which words',
		tag: 'scan',
		access: 'member',
		response: guestConsentsSchema,
		errors: ['forbidden']
	},
	'GET /api/scan/{code}': {
		summary: 'What a guest sees first',
		tag: 'scan',
		access: 'public',
		response: scanPageSchema,
		errors: ['not_found', 'gone']
	},
	'POST /api/scan/{code}/search': {
		summary:
			'Find the photos with a face, in order of likeness. The face is looked at once and not kept',
		tag: 'scan',
		access: 'public',
		body: scanSearchSchema,
		response: z.strictObject({ matches: z.array(scanMatchSchema) }),
		errors: [
			...(['not_found', 'gone', 'unknown_model', 'conflict', 'invalid'] as const),
			...(['forbidden', 'too_many_requests', 'unavailable'] as const)
		]
	},
	'POST /api/scan/{code}/numbers': {
		summary:
			'Find the photos with the number on a bib, in the order of time, where the studio allows it',
		tag: 'scan',
		access: 'public',
		body: scanNumberSchema,
		response: z.strictObject({ matches: z.array(scanMatchSchema) }),
		errors: ['not_found', 'gone', 'invalid', 'forbidden', 'too_many_requests']
	},
	'POST /api/scan/{code}/forget': {
		summary:
			'Ask that a face be forgotten: the studio is shown where it was found. What was sent is used once and not kept',
		tag: 'scan',
		access: 'public',
		body: scanForgetSchema,
		status: 204,
		errors: [
			...(['not_found', 'gone', 'unknown_model', 'conflict', 'invalid'] as const),
			...(['forbidden', 'too_many_requests', 'unavailable'] as const)
		]
	},
	'GET /api/scan/{code}/photos/{photo}/{kind}': {
		summary: 'The bytes of a photo that a search found, by its signed address',
		tag: 'scan',
		access: 'public',
		query: z.object({ expires: z.string(), signature: z.string() }),
		produces: 'application/octet-stream',
		errors: ['forbidden', 'gone', 'not_found']
	}
} as const satisfies Record<`${string} /api/${string}`, Endpoint>;

export type Endpoints = typeof endpoints;
export type EndpointKey = keyof Endpoints;
