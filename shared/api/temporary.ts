import { temporarySchema } from '../temporary/temporary.ts';
import type { Endpoint } from './endpoint.ts';

/** Photos that are there for the time being. They are approved in the documents of their events. */
export const temporaryEndpoints = {
	'GET /api/workspaces/{workspace}/temporary': {
		summary: 'Photos that go into the trash unless somebody approves them, by event',
		tag: 'photos',
		access: 'member',
		response: temporarySchema,
		errors: ['forbidden']
	}
} as const satisfies Record<`${string} /api/${string}`, Endpoint>;
