import { z } from 'zod';
import { AUDIT_PAGE, auditEntrySchema, auditQuerySchema } from '../audit.ts';
import {
	identitySchema,
	membershipSchema,
	passwordResetSchema,
	resetRequestSchema
} from '../auth.ts';
import {
	acceptInvitationSchema,
	invitationSchema,
	newInvitationSchema,
	openInvitationSchema,
	sentInvitationSchema
} from '../invitations.ts';
import { memberRoleSchema, memberSchema, newOwnerSchema } from '../members.ts';
import { sessionSchema } from '../sessions.ts';
import {
	ownStatusSchema,
	platformStatusSchema,
	platformWorkspaceSchema,
	workspaceChangesSchema
} from '../workspaces.ts';
import { REFUSALS_PAGE, refusalSchema, refusalsQuerySchema } from '../documents/refusals.ts';
import type { Endpoint } from './endpoint.ts';

/** People: members, invitations, their sessions, and the log of what they did. */
export const teamEndpoints = {
	'PUT /api/workspaces/{workspace}': {
		summary: 'Change the name or the address of a workspace',
		tag: 'workspaces',
		access: 'member',
		isStrong: true,
		body: workspaceChangesSchema,
		response: membershipSchema,
		errors: ['forbidden', 'conflict', 'invalid']
	},
	'PUT /api/workspaces/{workspace}/status': {
		summary: 'Archive, delete or open again a workspace of mine',
		tag: 'workspaces',
		access: 'member',
		isStrong: true,
		evenClosed: true,
		body: ownStatusSchema,
		response: membershipSchema,
		errors: ['forbidden', 'suspended', 'invalid']
	},
	'GET /api/platform/workspaces': {
		summary: 'All workspaces of this installation',
		tag: 'platform',
		access: 'superadmin',
		response: z.strictObject({ workspaces: z.array(platformWorkspaceSchema) })
	},
	'GET /api/platform/backups': {
		summary: 'When this installation was backed up last',
		tag: 'platform',
		access: 'superadmin',
		response: z.strictObject({
			/** null: never */
			lastAt: z.iso.datetime().nullable(),
			/** the server makes one each day by itself */
			isDaily: z.boolean()
		})
	},
	'PUT /api/platform/workspaces/{workspace}/status': {
		summary: 'Suspend a workspace, which closes it at once for everybody, or activate it again',
		tag: 'platform',
		access: 'superadmin',
		isStrong: true,
		body: platformStatusSchema,
		status: 204,
		errors: ['not_found', 'conflict', 'invalid']
	},
	'GET /api/workspaces/{workspace}/members': {
		summary: 'Who belongs to a workspace',
		tag: 'members',
		access: 'member',
		response: z.strictObject({ members: z.array(memberSchema) }),
		errors: ['forbidden']
	},
	'PUT /api/workspaces/{workspace}/members/{user}': {
		summary: "Change a member's role",
		tag: 'members',
		access: 'member',
		isStrong: true,
		body: memberRoleSchema,
		response: memberSchema,
		errors: ['forbidden', 'conflict', 'invalid']
	},
	'DELETE /api/workspaces/{workspace}/members/{user}': {
		summary: 'Remove a member, or leave: access ends at once, what the person made stays',
		tag: 'members',
		access: 'member',
		isStrong: true,
		status: 204,
		errors: ['forbidden', 'conflict']
	},
	'POST /api/workspaces/{workspace}/transfer-ownership': {
		summary: 'Make another member the owner, and yourself an admin',
		tag: 'members',
		access: 'member',
		isStrong: true,
		body: newOwnerSchema,
		status: 204,
		errors: ['forbidden', 'conflict', 'invalid']
	},
	'GET /api/workspaces/{workspace}/invitations': {
		summary: 'Invitations that wait to be accepted',
		tag: 'invitations',
		access: 'member',
		response: z.strictObject({ invitations: z.array(invitationSchema) }),
		errors: ['forbidden']
	},
	'POST /api/workspaces/{workspace}/invitations': {
		summary: 'Invite somebody by e-mail',
		tag: 'invitations',
		access: 'member',
		isStrong: true,
		body: newInvitationSchema,
		status: 201,
		response: sentInvitationSchema,
		errors: ['forbidden', 'conflict', 'invalid', 'too_many_requests']
	},
	'POST /api/workspaces/{workspace}/invitations/{invitation}/resend': {
		summary: 'Send an invitation again, with a new link; the old one stops working',
		tag: 'invitations',
		access: 'member',
		isStrong: true,
		response: sentInvitationSchema,
		errors: ['forbidden', 'too_many_requests']
	},
	'DELETE /api/workspaces/{workspace}/invitations/{invitation}': {
		summary: 'Revoke an invitation',
		tag: 'invitations',
		access: 'member',
		status: 204,
		errors: ['forbidden']
	},
	'GET /api/invitations/{token}': {
		summary: 'What an invitation is to',
		tag: 'invitations',
		access: 'public',
		response: openInvitationSchema,
		errors: ['not_found', 'gone', 'too_many_requests']
	},
	'POST /api/invitations/{token}/accept': {
		summary: 'Accept an invitation: signed in, with the password of an account, or as a new person',
		tag: 'invitations',
		access: 'public',
		body: acceptInvitationSchema,
		response: identitySchema,
		errors: ['not_found', 'gone', 'conflict', 'unauthenticated', 'invalid', 'too_many_requests']
	},
	'GET /api/workspaces/{workspace}/audit': {
		summary: `What was done in a workspace, newest first, ${AUDIT_PAGE} at a time`,
		tag: 'audit',
		access: 'member',
		query: auditQuerySchema,
		response: z.strictObject({ entries: z.array(auditEntrySchema), more: z.boolean() }),
		errors: ['forbidden', 'invalid']
	},
	'GET /api/workspaces/{workspace}/audit/export/{format}': {
		summary: 'The whole log as a file, csv or json',
		tag: 'audit',
		access: 'member',
		produces: 'application/octet-stream',
		errors: ['forbidden', 'not_found']
	},
	'GET /api/workspaces/{workspace}/refusals': {
		summary: `Edits of documents that were not taken, newest first, ${REFUSALS_PAGE} at a time`,
		tag: 'audit',
		access: 'member',
		query: refusalsQuerySchema,
		response: z.strictObject({ refusals: z.array(refusalSchema), more: z.boolean() }),
		errors: ['forbidden', 'invalid']
	},
	'GET /api/auth/sessions': {
		summary: 'Where I am signed in',
		tag: 'auth',
		access: 'session',
		response: z.strictObject({ sessions: z.array(sessionSchema) })
	},
	'DELETE /api/auth/sessions/{session}': {
		summary: 'Sign one device out',
		tag: 'auth',
		access: 'session',
		status: 204,
		errors: ['not_found']
	},
	'DELETE /api/auth/sessions': {
		summary: 'Sign all other devices out',
		tag: 'auth',
		access: 'session',
		status: 204
	},
	'POST /api/auth/password-resets': {
		summary: 'Ask for a link to set a new password; the answer is the same for unknown addresses',
		tag: 'auth',
		access: 'public',
		body: resetRequestSchema,
		status: 204,
		errors: ['invalid', 'too_many_requests']
	},
	'POST /api/auth/password-resets/{token}': {
		summary: 'Set a new password by the link that was mailed; all devices are signed out',
		tag: 'auth',
		access: 'public',
		body: passwordResetSchema,
		status: 204,
		errors: ['gone', 'invalid', 'too_many_requests']
	}
} as const satisfies Record<`${string} /api/${string}`, Endpoint>;
