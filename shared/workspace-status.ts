import type { Role } from './permissions.ts';

/**
 * active; archived: looked at, not changed; suspended by the platform: closed for everybody; deleted by its owner,
 * who can restore it for 30 days.
 */
export const workspaceStatuses = ['active', 'archived', 'suspended', 'deleted'] as const;
export type WorkspaceStatus = (typeof workspaceStatuses)[number];

/** Days for which a deleted workspace can be restored; then rows, files and faces are removed. */
export const RESTORE_DAYS = 30;

/** What a role comes to in a workspace of this status: an archived one is only looked at. */
export const roleIn = (role: Role, status: WorkspaceStatus | undefined): Role =>
	status === 'archived' ? 'viewer' : role;
