import { z } from 'zod';
import {
	costSchema,
	newCostSchema,
	planSchema,
	statsQuerySchema,
	statsSchema,
	workspaceNumbersSchema,
	workspaceSchema
} from '../usage.ts';
import type { Endpoint } from './endpoint.ts';

/** How much there is, what it costs, and how much there may be. */
export const usageEndpoints = {
	'GET /api/workspaces/numbers': {
		summary: 'A few numbers of each of my workspaces',
		tag: 'usage',
		access: 'session',
		response: z.strictObject({ workspaces: z.array(workspaceNumbersSchema) })
	},
	'GET /api/workspaces/{workspace}': {
		summary: 'A workspace: plan, limits, settings',
		tag: 'workspaces',
		access: 'member',
		response: workspaceSchema
	},
	'GET /api/workspaces/{workspace}/stats': {
		summary: 'Statistics of a workspace, with what happened day by day',
		tag: 'usage',
		access: 'member',
		query: statsQuerySchema,
		response: statsSchema,
		errors: ['forbidden']
	},
	'GET /api/workspaces/{workspace}/costs': {
		summary: 'What was spent, the latest first',
		tag: 'usage',
		access: 'member',
		response: z.strictObject({ costs: z.array(costSchema) }),
		errors: ['forbidden']
	},
	'POST /api/workspaces/{workspace}/costs': {
		summary: 'Note something that was spent',
		tag: 'usage',
		access: 'member',
		isStrong: true,
		body: newCostSchema,
		status: 201,
		response: costSchema,
		errors: ['forbidden', 'invalid']
	},
	'DELETE /api/workspaces/{workspace}/costs/{cost}': {
		summary: 'Take back a noted cost',
		tag: 'usage',
		access: 'member',
		isStrong: true,
		status: 204,
		errors: ['forbidden']
	},
	'PUT /api/platform/workspaces/{workspace}/plan': {
		summary: 'Set the plan and the storage of a workspace',
		tag: 'platform',
		access: 'superadmin',
		isStrong: true,
		body: planSchema,
		status: 204,
		errors: ['not_found', 'invalid']
	}
} as const satisfies Record<`${string} /api/${string}`, Endpoint>;
