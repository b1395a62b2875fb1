import { z } from 'zod';
import {
	appearanceSchema,
	faceSearchAnswerSchema,
	faceSearchSchema,
	forgetDecisionSchema,
	forgetFacesSchema,
	forgetRequestsSchema,
	forgottenSchema,
	personPageSchema,
	personSchema
} from '../people/listing.ts';
import type { Endpoint } from './endpoint.ts';

/** Who is on the photos. People are named in the documents of their workspace, faces in those of their events. */
export const peopleEndpoints = {
	'GET /api/workspaces/{workspace}/people': {
		summary: 'People whom the studio told apart, with how many photos they are on',
		tag: 'people',
		access: 'member',
		response: z.array(personSchema),
		errors: ['forbidden']
	},
	'GET /api/workspaces/{workspace}/people/{person}': {
		summary: 'A person: every photo with them, and who is on it too',
		tag: 'people',
		access: 'member',
		response: personPageSchema,
		errors: ['forbidden', 'not_found']
	},
	'GET /api/workspaces/{workspace}/events/{event}/appearances': {
		summary: 'Who is on the photos of an event, as far as the server has found out',
		tag: 'people',
		access: 'member',
		response: z.strictObject({
			appearances: z.array(
				appearanceSchema
					.pick({ face: true, share: true, rank: true, origin: true })
					.extend({ person: z.string() })
			)
		}),
		errors: ['forbidden', 'not_found']
	},
	'POST /api/workspaces/{workspace}/people/{person}/forget': {
		summary:
			'Forget a person: their faces in all events and their name, on the server and all devices, for good',
		tag: 'people',
		access: 'member',
		isStrong: true,
		response: forgottenSchema,
		errors: ['forbidden', 'not_found']
	},
	'POST /api/workspaces/{workspace}/events/{event}/faces/forget': {
		summary: 'Forget faces of an event, on the server and all devices, for good',
		tag: 'people',
		access: 'member',
		isStrong: true,
		body: forgetFacesSchema,
		response: forgottenSchema,
		errors: ['forbidden', 'not_found', 'invalid']
	},
	'GET /api/workspaces/{workspace}/forget-requests': {
		summary: 'Guests who ask that their face be forgotten',
		tag: 'people',
		access: 'member',
		response: forgetRequestsSchema,
		errors: ['forbidden']
	},
	'POST /api/workspaces/{workspace}/forget-requests/{request}': {
		summary: 'Forget these faces of a request, or none; the request ends with it',
		tag: 'people',
		access: 'member',
		isStrong: true,
		body: forgetDecisionSchema,
		response: forgottenSchema,
		errors: ['forbidden', 'not_found', 'invalid']
	},
	'POST /api/workspaces/{workspace}/search/faces': {
		summary: 'Photos with a face, in one event or in all that one sees, in order of likeness',
		tag: 'people',
		access: 'member',
		body: faceSearchSchema,
		response: faceSearchAnswerSchema,
		errors: ['forbidden', 'not_found', 'unknown_model', 'invalid', 'too_many_requests']
	}
} as const satisfies Record<`${string} /api/${string}`, Endpoint>;
