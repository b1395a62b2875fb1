import { z } from 'zod';
import { assignmentChangesSchema, assignmentSchema } from '../assignments.ts';
import {
	newProjectSchema,
	projectChangesSchema,
	projectQuerySchema,
	projectSchema
} from '../projects/project.ts';
import { newTeamSchema, teamChangesSchema, teamSchema } from '../teams.ts';
import type { Endpoint } from './endpoint.ts';

/** Projects, teams, and who is assigned to what. */
export const projectEndpoints = {
	'GET /api/workspaces/{workspace}/projects': {
		summary: 'The projects of a workspace that I see; those in the trash only when asked for',
		tag: 'projects',
		access: 'member',
		query: projectQuerySchema,
		response: z.strictObject({ projects: z.array(projectSchema) })
	},
	'POST /api/workspaces/{workspace}/projects': {
		summary: 'Create a project, for example an event',
		tag: 'projects',
		access: 'member',
		body: newProjectSchema,
		status: 201,
		response: projectSchema,
		errors: ['forbidden', 'invalid']
	},
	'GET /api/workspaces/{workspace}/projects/{project}': {
		summary: 'One project',
		tag: 'projects',
		access: 'member',
		response: projectSchema
	},
	'PATCH /api/workspaces/{workspace}/projects/{project}': {
		summary: 'Change, move or archive a project',
		tag: 'projects',
		access: 'member',
		body: projectChangesSchema,
		response: projectSchema,
		errors: ['forbidden', 'conflict', 'invalid']
	},
	'DELETE /api/workspaces/{workspace}/projects/{project}': {
		summary: 'Put a project into the trash, with everything below it',
		tag: 'projects',
		access: 'member',
		status: 204,
		errors: ['forbidden']
	},
	'POST /api/workspaces/{workspace}/projects/{project}/restore': {
		summary: 'Take a project out of the trash',
		tag: 'projects',
		access: 'member',
		response: projectSchema,
		errors: ['forbidden']
	},
	'GET /api/workspaces/{workspace}/teams': {
		summary: 'The teams of a workspace',
		tag: 'members',
		access: 'member',
		response: z.strictObject({ teams: z.array(teamSchema) }),
		errors: ['forbidden']
	},
	'POST /api/workspaces/{workspace}/teams': {
		summary: 'Make a team',
		tag: 'members',
		access: 'member',
		isStrong: true,
		body: newTeamSchema,
		status: 201,
		response: teamSchema,
		errors: ['forbidden', 'conflict', 'invalid']
	},
	'PATCH /api/workspaces/{workspace}/teams/{team}': {
		summary: 'Change who is in a team, or its name',
		tag: 'members',
		access: 'member',
		isStrong: true,
		body: teamChangesSchema,
		response: teamSchema,
		errors: ['forbidden', 'conflict', 'invalid']
	},
	'DELETE /api/workspaces/{workspace}/teams/{team}': {
		summary: 'Remove a team; its people stay, what only the team was assigned to they lose',
		tag: 'members',
		access: 'member',
		isStrong: true,
		status: 204,
		errors: ['forbidden']
	},
	'GET /api/workspaces/{workspace}/assignments': {
		summary: 'Who is assigned to which project',
		tag: 'members',
		access: 'member',
		response: z.strictObject({ assignments: z.array(assignmentSchema) }),
		errors: ['forbidden']
	},
	'POST /api/workspaces/{workspace}/assignments': {
		summary: 'Assign people and teams to projects, or end that; open devices hear it at once',
		tag: 'members',
		access: 'member',
		isStrong: true,
		body: assignmentChangesSchema,
		status: 204,
		errors: ['forbidden', 'invalid']
	}
} as const satisfies Record<`${string} /api/${string}`, Endpoint>;
