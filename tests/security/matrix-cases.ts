// What the matrix asks of each endpoint, and who may.
import { randomUUID } from 'node:crypto';
import type { EndpointKey } from '#shared/api/endpoints.ts';
import type { Action, Resource } from '#shared/permissions.ts';

/** Who may: whoever belongs to the workspace, or whom the permission table allows this. */
export type May = 'member' | [Action, Resource];
export interface Case {
	may?: May;
	body?: () => unknown;
	query?: string;
}

/** What the bodies name; set before they are asked for. */
export const place = { event: '' };

const sha256 = 'a'.repeat(64);
const upload = () => ({
	event: place.event,
	photo: 'a'.repeat(32),
	kind: 'thumb',
	sha256,
	size: 10
});
const email = () => `${randomUUID()}@example.com`;

/** One line for each endpoint; the type makes sure that none is missing. */
export const cases: Record<EndpointKey, Case> = {
	'GET /api/health': {},
	'GET /api/setup': {},
	'POST /api/setup': {},
	'POST /api/auth/login': {},
	'GET /api/auth/me': {},
	'POST /api/auth/logout': {},
	'GET /api/auth/sessions': {},
	'DELETE /api/auth/sessions/{session}': {},
	'DELETE /api/auth/sessions': {},
	'POST /api/auth/password-resets': {},
	'POST /api/auth/password-resets/{token}': {},
	'GET /api/auth/passkeys': {},
	'POST /api/auth/passkeys/options': {},
	'POST /api/auth/passkeys': {},
	'DELETE /api/auth/passkeys/{passkey}': {},
	'POST /api/auth/passkeys/login/options': {},
	'POST /api/auth/passkeys/login': {},
	'GET /api/auth/methods': {},
	'GET /api/auth/github': {},
	'GET /api/auth/github/callback': {},
	'GET /api/auth/accounts': {},
	'DELETE /api/auth/accounts/github': {},
	'GET /api/auth/avatar': {},
	'GET /api/auth/claims': {},
	'GET /api/auth/keys': {},
	'GET /api/auth/stations': {},
	'POST /api/auth/stations': { body: () => ({ name: 'Matrix', pin: '482913' }) },
	'DELETE /api/auth/stations/{station}': {},
	'PUT /api/auth/stations/{station}/face': {
		body: () => ({ key: 'x'.repeat(43), embedding: [1] })
	},
	'DELETE /api/auth/stations/{station}/face': {},
	'POST /api/auth/stations/{station}/unlock': {},
	'GET /api/workspaces': {},
	'POST /api/workspaces': {},
	'GET /api/invitations/{token}': {},
	'POST /api/invitations/{token}/accept': {},
	'GET /api/scan/{code}': {},
	'GET /api/workspaces/{workspace}/events/{event}/guest-access/consents': {
		may: ['publish', 'gallery']
	},
	'POST /api/scan/{code}/search': {},
	'POST /api/scan/{code}/numbers': {},
	'POST /api/scan/{code}/forget': {},
	'GET /api/scan/{code}/photos/{photo}/{kind}': {},
	'GET /api/platform/workspaces': {},
	'GET /api/platform/backups': {},
	'GET /api/platform/face-models': {},
	'POST /api/platform/face-models': {
		body: () => ({
			...{ name: 'matrix', sha256, address: null, source: 'nowhere', licence: 'none' },
			...{ licenceText: 'None.', side: 112, channels: 'rgb', mean: [0, 0, 0], scale: 255 },
			alignment: { rightEye: [38, 51], leftEye: [73, 51], mouth: [56, 92] },
			...{ dimensions: 128, threshold: 1 }
		})
	},
	'PUT /api/platform/face-models/{model}/file': {},
	'POST /api/platform/face-models/{model}/fetch': {},
	'DELETE /api/platform/face-models/{model}': {},
	'PUT /api/platform/workspaces/{workspace}/status': { body: () => ({ status: 'active' }) },

	'GET /api/workspaces/numbers': {},
	'PUT /api/platform/workspaces/{workspace}/plan': {
		body: () => ({ plan: 'pro', quotaBytes: null })
	},

	'GET /api/workspaces/{workspace}': { may: 'member' },
	'GET /api/workspaces/{workspace}/face-models': { may: 'member' },
	'PUT /api/workspaces/{workspace}/face-model': {
		may: ['update', 'workspace'],
		body: () => ({ model: 'dlib-resnet-128' })
	},
	'PUT /api/workspaces/{workspace}/face-models/{model}/threshold': {
		may: ['update', 'workspace'],
		body: () => ({ threshold: 0.5 })
	},
	'GET /api/workspaces/{workspace}/face-pairs': { may: ['update', 'workspace'] },
	'GET /api/workspaces/{workspace}/stats': { may: ['read', 'usage'] },
	'GET /api/workspaces/{workspace}/costs': { may: ['read', 'usage'] },
	'POST /api/workspaces/{workspace}/costs': {
		may: ['create', 'usage'],
		body: () => ({ day: '2026-01-19', usd: 12.5, what: 'Matrix' })
	},
	'DELETE /api/workspaces/{workspace}/costs/{cost}': { may: ['delete', 'usage'] },
	'PUT /api/workspaces/{workspace}': { may: ['update', 'workspace'], body: () => ({}) },
	'PUT /api/workspaces/{workspace}/status': {
		may: ['delete', 'workspace'],
		body: () => ({ status: 'active' })
	},
	'GET /api/workspaces/{workspace}/members': { may: ['read', 'member'] },
	'PUT /api/workspaces/{workspace}/members/{user}': {
		may: ['manage', 'member'],
		body: () => ({ role: 'viewer' })
	},
	'DELETE /api/workspaces/{workspace}/members/{user}': { may: ['manage', 'member'] },
	'POST /api/workspaces/{workspace}/transfer-ownership': {
		may: ['manage', 'workspace'],
		body: () => ({ user: randomUUID() })
	},
	'GET /api/workspaces/{workspace}/invitations': { may: ['read', 'invitation'] },
	'POST /api/workspaces/{workspace}/invitations': {
		may: ['invite', 'invitation'],
		body: () => ({ email: email(), role: 'viewer' })
	},
	'POST /api/workspaces/{workspace}/invitations/{invitation}/resend': {
		may: ['invite', 'invitation'],
		body: () => ({})
	},
	'DELETE /api/workspaces/{workspace}/invitations/{invitation}': { may: ['delete', 'invitation'] },
	'GET /api/workspaces/{workspace}/api-keys': { may: ['read', 'api_key'] },
	'POST /api/workspaces/{workspace}/api-keys': {
		may: ['create', 'api_key'],
		body: () => ({ name: 'Matrix', scope: 'read' })
	},
	'POST /api/workspaces/{workspace}/api-keys/{key}/rotate': { may: ['update', 'api_key'] },
	'DELETE /api/workspaces/{workspace}/api-keys/{key}': { may: ['delete', 'api_key'] },
	'GET /api/workspaces/{workspace}/audit': { may: ['read', 'audit'] },
	'GET /api/workspaces/{workspace}/audit/export/{format}': { may: ['read', 'audit'] },
	'GET /api/workspaces/{workspace}/refusals': { may: ['read', 'audit'] },
	'GET /api/workspaces/{workspace}/projects': { may: 'member' },
	'GET /api/workspaces/{workspace}/projects/{project}': { may: ['read', 'project'] },
	'PATCH /api/workspaces/{workspace}/projects/{project}': {
		may: ['update', 'project'],
		body: () => ({ description: 'Matrix' })
	},
	'DELETE /api/workspaces/{workspace}/projects/{project}': { may: ['delete', 'project'] },
	'POST /api/workspaces/{workspace}/projects/{project}/restore': { may: ['delete', 'project'] },
	'GET /api/workspaces/{workspace}/teams': { may: ['read', 'member'] },
	'POST /api/workspaces/{workspace}/teams': {
		may: ['manage', 'member'],
		body: () => ({ name: randomUUID() })
	},
	'PATCH /api/workspaces/{workspace}/teams/{team}': { may: ['manage', 'member'], body: () => ({}) },
	'DELETE /api/workspaces/{workspace}/teams/{team}': { may: ['manage', 'member'] },
	'GET /api/workspaces/{workspace}/assignments': { may: ['read', 'member'] },
	'POST /api/workspaces/{workspace}/assignments': {
		may: ['manage', 'member'],
		body: () => ({ assign: [], unassign: [] })
	},
	'POST /api/workspaces/{workspace}/projects': {
		may: ['create', 'event'],
		body: () => ({ type: 'event', name: 'Matrix' })
	},
	'GET /api/workspaces/{workspace}/events/{event}/photos/{photo}/assets': {
		may: ['read', 'photo']
	},
	'GET /api/workspaces/{workspace}/exports': { may: ['export', 'workspace'] },
	'POST /api/workspaces/{workspace}/exports': {
		may: ['export', 'workspace'],
		body: () => ({ hasFaces: false })
	},
	'GET /api/workspaces/{workspace}/exports/{export}/file': { may: ['export', 'workspace'] },
	'GET /api/workspaces/{workspace}/people': { may: ['read', 'person'] },
	'GET /api/workspaces/{workspace}/people/{person}': { may: ['read', 'person'] },
	'GET /api/workspaces/{workspace}/events/{event}/appearances': { may: ['read', 'person'] },
	'POST /api/workspaces/{workspace}/people/{person}/forget': { may: ['manage', 'person'] },
	'POST /api/workspaces/{workspace}/events/{event}/faces/forget': {
		may: ['manage', 'person'],
		body: () => ({ faces: [`${'a'.repeat(32)}/500,500`] })
	},
	'GET /api/workspaces/{workspace}/forget-requests': { may: ['manage', 'person'] },
	'POST /api/workspaces/{workspace}/forget-requests/{request}': {
		may: ['manage', 'person'],
		body: () => ({ faces: [] })
	},
	'POST /api/workspaces/{workspace}/search/faces': {
		may: ['read', 'person'],
		body: () => ({ model: 'unknown', embedding: [1] })
	},
	'GET /api/workspaces/{workspace}/temporary': { may: ['approve', 'approval'] },
	'GET /api/workspaces/{workspace}/trash': { may: ['read', 'trash'] },
	'POST /api/workspaces/{workspace}/trash/restore': {
		may: ['restore', 'trash'],
		body: () => ({ photos: [{ event: place.event, photo: 'a'.repeat(32) }] })
	},
	'POST /api/workspaces/{workspace}/trash/purge': {
		may: ['delete', 'trash'],
		body: () => ({ photos: [{ event: place.event, photo: 'a'.repeat(32) }], reason: 'Matrix' })
	},
	'GET /api/workspaces/{workspace}/events/{event}/photos': { may: ['read', 'photo'] },
	'GET /api/workspaces/{workspace}/events/{event}/authors': { may: ['read', 'photo'] },
	'GET /api/workspaces/{workspace}/events/{event}/history': { may: ['read', 'audit'] },
	'POST /api/workspaces/{workspace}/events/{event}/history/take-back': {
		may: ['read', 'audit'],
		body: () => ({ author: randomUUID(), kind: 'edits', from: 1, to: 1 })
	},
	'POST /api/workspaces/{workspace}/uploads/offer': {
		may: ['create', 'file'],
		body: () => ({ sender: 'a-sender', isAgain: false, files: [upload()] })
	},
	'PUT /api/workspaces/{workspace}/uploads/chunks': {
		may: ['create', 'file'],
		query: '?sender=a-sender',
		body: () => new Uint8Array(10)
	},
	'POST /api/workspaces/{workspace}/uploads/commit': {
		may: ['create', 'file'],
		body: () => ({ files: [upload()] })
	},
	'GET /api/workspaces/{workspace}/events/{event}/photos/{photo}/files/{kind}': {
		may: ['read', 'file']
	},
	'GET /api/workspaces/{workspace}/events/{event}/guest-access': { may: ['read', 'gallery'] },
	'PUT /api/workspaces/{workspace}/events/{event}/guest-access': { may: ['publish', 'gallery'] },
	'DELETE /api/workspaces/{workspace}/events/{event}/guest-access': {
		may: ['publish', 'gallery']
	},
	'GET /api/workspaces/{workspace}/events/{event}/guest-access/poster': {
		may: ['read', 'gallery']
	}
};
