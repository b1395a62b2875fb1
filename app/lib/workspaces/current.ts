// Which workspace this device works in: the last one that was chosen here.
import type { Identity, Membership } from '#shared/auth.ts';
import type { Role } from '#shared/permissions.ts';

const KEY = 'aura.workspace';

/** The workspace to open, never a deleted one; the first when the last one is not mine any more; null: I belong to none. */
export function currentMembership({ workspaces }: Identity): Membership | null {
	const last = localStorage.getItem(KEY);
	const open = workspaces.filter(({ status }) => status !== 'deleted');
	return open.find(({ id }) => id === last) ?? open[0] ?? null;
}

/** Remembers which workspace this device works in. */
export const rememberWorkspace = (id: string): void => localStorage.setItem(KEY, id);

/** Begins again in another workspace. */
export function switchWorkspace(id: string): void {
	rememberWorkspace(id);
	location.assign('/admin');
}

/** Where a role begins to work; whoever runs the platform and belongs to no studio, with all of them. */
export const portalOf = (role: Role | undefined, isSuperadmin = false): string =>
	role === 'photographer' ? '/capture' : !role && isSuperadmin ? '/superadmin' : '/admin';
