import type { Membership } from '#shared/auth.ts';
import { call } from '../api/client.ts';
import { checkIdentity } from '../auth/identity.ts';

const setStatus = async (
	workspace: string,
	body: { status: 'active' | 'archived' } | { status: 'deleted'; name: string }
): Promise<Membership> => {
	const now = await call('PUT /api/workspaces/{workspace}/status', {
		params: { workspace },
		body
	});
	await checkIdentity(); // what this device remembers follows
	return now;
};

/** Opens an archived or deleted workspace again. */
export const openAgain = (workspace: string) => setStatus(workspace, { status: 'active' });
export const archive = (workspace: string) => setStatus(workspace, { status: 'archived' });
/** @param name as the owner typed it; the server compares */
export const remove = (workspace: string, name: string) =>
	setStatus(workspace, { status: 'deleted', name });
