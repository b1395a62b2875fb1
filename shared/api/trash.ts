import { purgeSchema, trashDoneSchema, trashRefsSchema, trashSchema } from '../trash/trash.ts';
import type { Endpoint } from './endpoint.ts';

/** What was deleted and can be restored. Photos and projects get there through their documents. */
export const trashEndpoints = {
	'GET /api/workspaces/{workspace}/trash': {
		summary: 'What lies in the trash, the latest first',
		tag: 'trash',
		access: 'member',
		response: trashSchema,
		errors: ['forbidden']
	},
	'POST /api/workspaces/{workspace}/trash/restore': {
		summary:
			'Take photos and projects out of the trash, back to where they were, with all marks and faces',
		tag: 'trash',
		access: 'member',
		body: trashRefsSchema,
		response: trashDoneSchema,
		errors: ['forbidden', 'invalid']
	},
	'POST /api/workspaces/{workspace}/trash/purge': {
		summary: 'Remove for good what lies in the trash, and its bytes where nothing else uses them',
		tag: 'trash',
		access: 'member',
		isStrong: true,
		body: purgeSchema,
		response: trashDoneSchema,
		errors: ['forbidden', 'invalid']
	}
} as const satisfies Record<`${string} /api/${string}`, Endpoint>;
