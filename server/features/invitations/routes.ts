import { AuraError } from '#shared/errors.ts';
import { type Action, type Role, can } from '#shared/permissions.ts';
import type { Database } from '../../database/database.ts';
import type { AuraContext } from '../../http/context.ts';
import type { Implement } from '../../http/endpoint.ts';
import { doerOf } from '../audit/store.ts';
import { identityOf } from '../auth/service.ts';
import type { Sessions } from '../auth/sessions.ts';
import type { InvitationService } from './service.ts';
import { listInvitations } from './store.ts';

function assertMay(role: Role, action: Action): void {
	if (!can(role, action, 'invitation'))
		throw new AuraError('forbidden', `The role ${role} may not invite people.`);
}

/** @param originOf the address that people use for this server */
export function invitationRoutes(
	implement: Implement,
	database: Database,
	sessions: Sessions,
	service: InvitationService,
	originOf: (c: AuraContext) => string
): void {
	implement('GET /api/workspaces/{workspace}/invitations', async ({ who }) => {
		const { id, role } = who.membership;
		assertMay(role, 'read');
		const invitations = await database.tenant(id, (queries) => listInvitations(queries, id));
		return { invitations: invitations.map(({ state: _, ...invitation }) => invitation) };
	});
	implement('POST /api/workspaces/{workspace}/invitations', async ({ who, body, c }) => {
		assertMay(who.membership.role, 'invite');
		return service.create(doerOf(who, c), who.membership.name, body.email, body.role, originOf(c));
	});
	implement(
		'POST /api/workspaces/{workspace}/invitations/{invitation}/resend',
		async ({ who, params, c }) => {
			assertMay(who.membership.role, 'invite');
			return service.resend(doerOf(who, c), who.membership.name, params.invitation, originOf(c));
		}
	);
	implement(
		'DELETE /api/workspaces/{workspace}/invitations/{invitation}',
		async ({ who, params, c }) => {
			assertMay(who.membership.role, 'delete');
			await service.revoke(doerOf(who, c), params.invitation);
			return undefined;
		}
	);
	implement('GET /api/invitations/{token}', ({ params, c }) =>
		service.open(params.token, c.get('address'))
	);
	implement('POST /api/invitations/{token}/accept', async ({ params, body, c }) => {
		const signedIn = await sessions.check(c.req.header('cookie'));
		const user = await service.accept(
			params.token,
			body,
			signedIn?.userId ?? null,
			c.get('address')
		);
		if (!signedIn) c.header('Set-Cookie', await sessions.start(user, c, 'invitation'));
		return identityOf(database, user);
	});
}
