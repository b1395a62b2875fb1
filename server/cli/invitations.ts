import { join } from 'node:path';
import type { Command } from 'commander';
import { emailSchema } from '#shared/auth.ts';
import type { Invitation, SentInvitation } from '#shared/invitations.ts';
import { invitedRoles } from '#shared/permissions.ts';
import type { Config } from '../config.ts';
import type { Database } from '../database/database.ts';
import { createPasswordSignIn } from '../features/auth/service.ts';
import { createInvitationService } from '../features/invitations/service.ts';
import { listInvitations } from '../features/invitations/store.ts';
import { limitsOn } from '../http/limits.ts';
import { createMailer } from '../mail/mailer.ts';
import { type Installation, operator, requireWorkspace } from './installation.ts';
import { type Tell, oneOf } from './output.ts';
import { type Remote, baseOf } from './remote.ts';

const invitationsOf = (database: Database, { smtpUrl, mailFrom, dataDir }: Config) =>
	createInvitationService(
		database,
		createMailer(smtpUrl, mailFrom, join(dataDir, 'mail'), (error) => console.error(error)),
		createPasswordSignIn(database, limitsOn(null)),
		limitsOn(null)
	);

export function invitationCommands(
	program: Command,
	at: () => Installation,
	remote: () => Remote | null,
	tell: Tell
): void {
	const invitation = program.command('invitation').description('Invitations by e-mail');
	invitation
		.command('create <workspace> <email> <role>')
		.description('invite somebody; prints the link')
		.action((reference: string, email: string, given: string) =>
			tell(() => {
				const role = oneOf(invitedRoles, given, 'role for an invitation');
				const server = remote();
				if (server) {
					const path = `${baseOf(reference)}/invitations`;
					return server.ask<SentInvitation>('POST', path, { email, role });
				}
				return at().withDatabase(async (database) => {
					const { config } = at();
					const { id, name } = await requireWorkspace(database, reference);
					const origin = config.publicUrl ?? `http://localhost:${config.port}`;
					const to = emailSchema.parse(email);
					return invitationsOf(database, config).create(operator(id), name, to, role, origin);
				});
			})
		);
	invitation
		.command('list <workspace>')
		.description('those that wait to be accepted')
		.action((reference: string) =>
			tell(async () => {
				const server = remote();
				if (server) {
					const path = `${baseOf(reference)}/invitations`;
					const { invitations } = await server.ask<{ invitations: Invitation[] }>('GET', path);
					return invitations.map(({ id, email, role, expiresAt, isExpired }) => ({
						id,
						email,
						role,
						expiresAt,
						state: isExpired ? 'expired' : 'open'
					}));
				}
				return at().withDatabase(async (database) => {
					const { id } = await requireWorkspace(database, reference);
					const list = await database.tenant(id, (queries) => listInvitations(queries, id));
					return list.map(({ id: invitation, email, role, expiresAt, state }) => ({
						id: invitation,
						email,
						role,
						expiresAt,
						state
					}));
				});
			})
		);
	invitation
		.command('revoke <workspace> <id>')
		.description('take one back')
		.action((reference: string, invitationId: string) =>
			tell(async () => {
				const server = remote();
				if (server) {
					const path = `${baseOf(reference)}/invitations/${encodeURIComponent(invitationId)}`;
					await server.ask('DELETE', path);
					return 'Revoked.';
				}
				return at().withDatabase(async (database) => {
					const { id } = await requireWorkspace(database, reference);
					await invitationsOf(database, at().config).revoke(operator(id), invitationId);
					return 'Revoked.';
				});
			})
		);
}
