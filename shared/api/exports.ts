import { z } from 'zod';
import { exportSchema, newExportSchema } from '../exports.ts';
import type { Endpoint } from './endpoint.ts';

/** Taking a workspace away. */
export const exportEndpoints = {
	'GET /api/workspaces/{workspace}/exports': {
		summary: 'Archives of the workspace that are being made or can be fetched',
		tag: 'workspaces',
		access: 'member',
		response: z.strictObject({ exports: z.array(exportSchema) }),
		errors: ['forbidden']
	},
	'POST /api/workspaces/{workspace}/exports': {
		summary: 'Make an archive of everything of the workspace: files, documents, tables',
		tag: 'workspaces',
		access: 'member',
		isStrong: true,
		body: newExportSchema,
		status: 201,
		response: exportSchema,
		errors: ['forbidden', 'conflict', 'invalid']
	},
	'GET /api/workspaces/{workspace}/exports/{export}/file': {
		summary: 'The archive (ZIP), whole or in ranges',
		tag: 'workspaces',
		access: 'member',
		produces: 'application/octet-stream',
		errors: ['forbidden', 'range_not_satisfiable']
	}
} as const satisfies Record<`${string} /api/${string}`, Endpoint>;
