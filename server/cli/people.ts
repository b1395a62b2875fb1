import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Command } from 'commander';
import { emailSchema, passwordSchema, personNameSchema } from '#shared/auth.ts';
import { AuraError } from '#shared/errors.ts';
import {
	type Action,
	type Resource,
	type Role,
	actions,
	can,
	invitedRoles,
	resources,
	roles
} from '#shared/permissions.ts';
import type { Config } from '../config.ts';
import type { Database } from '../database/database.ts';
import { limitsOn } from '../http/limits.ts';
import { createPasswordSignIn } from '../features/auth/service.ts';
import { createSessions } from '../features/auth/sessions.ts';
import { insertUser, listUsers, setPasswordHash, setSuperadmin } from '../features/auth/store.ts';
import { hashPassword } from '../features/auth/passwords.ts';
import { createInvitationService } from '../features/invitations/service.ts';
import { listInvitations } from '../features/invitations/store.ts';
import { audited } from '../features/audit/store.ts';
import { createMemberService } from '../features/members/service.ts';
import { insertMember, listMembers, lockRoles } from '../features/members/store.ts';
import { createMailer } from '../mail/mailer.ts';
import {
	type Installation,
	connectionsOf,
	operator,
	requireUser,
	requireWorkspace
} from './installation.ts';
import { closeCodes } from '#sync/relay/protocol.ts';
import type { Tell } from './output.ts';

/** @throws AuraError invalid with the choices */
function oneOf<Choice extends string>(
	choices: readonly Choice[],
	given: string,
	what: string
): Choice {
	if ((choices as readonly string[]).includes(given)) return given as Choice;
	throw new AuraError('invalid', `${given} is no ${what}. There are: ${choices.join(', ')}.`);
}

export function memberCommands(program: Command, at: () => Installation, tell: Tell): void {
	const member = program.command('member').description('Who belongs to a workspace');
	member
		.command('list <workspace>')
		.description('everybody, with their roles')
		.action((reference: string) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const { id } = await requireWorkspace(database, reference);
					return (await listMembers(database, id)).map(({ user, role, joinedAt, lastSeenAt }) => ({
						email: user.email,
						name: user.name,
						role,
						joinedAt,
						lastSeenAt
					}));
				})
			)
		);
	member
		.command('add <workspace> <email> <role>')
		.description('add somebody who has an account')
		.action((reference: string, email: string, given: string) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const role = oneOf(roles, given, 'role');
					const { id, name } = await requireWorkspace(database, reference);
					const user = await requireUser(database, email);
					await audited(database, operator(id), async (queries) => {
						if ((await lockRoles(queries, id)).has(user.id))
							throw new AuraError('conflict', `${user.email} belongs to ${name} already.`);
						await insertMember(queries, id, user.id, role);
						return { action: 'member.add', subject: user.name, after: { role } };
					});
					return `${user.email} is ${role} of ${name}.`;
				})
			)
		);

	const change = (
		name: string,
		description: string,
		run: (
			service: ReturnType<typeof createMemberService>,
			workspace: string,
			user: string,
			role: string
		) => Promise<void>
	) =>
		member
			.command(name)
			.description(description)
			.action((reference: string, email: string, role: string) =>
				tell(() =>
					at().withDatabase(async (database) => {
						const { id } = await requireWorkspace(database, reference);
						const user = await requireUser(database, email);
						await run(createMemberService(database, connectionsOf(database)), id, user.id, role);
						return 'Done.';
					})
				)
			);
	change(
		'update-role <workspace> <email> <role>',
		'change what somebody may',
		(service, id, user, role) => service.changeRole(operator(id), user, oneOf(roles, role, 'role'))
	);
	change(
		'remove <workspace> <email>',
		'end somebody’s access; what they made stays',
		(service, id, user) => service.remove(operator(id), user)
	);
	change('transfer-ownership <workspace> <email>', 'make a member the owner', (service, id, user) =>
		service.transferOwnership(operator(id), user)
	);

	program
		.command('check-permission <role> <action> <resource>')
		.description('whether a role may do something; exits with 4 when it may not')
		.action((role: string, action: string, resource: string) =>
			tell(() => {
				const asked: [Role, Action, Resource] = [
					oneOf(roles, role, 'role'),
					oneOf(actions, action, 'action'),
					oneOf(resources, resource, 'resource')
				];
				if (!can(...asked))
					throw new AuraError('forbidden', `The role ${role} may not ${action} a ${resource}.`);
				return Promise.resolve(`The role ${role} may ${action} a ${resource}.`);
			})
		);
}

const invitationsOf = (database: Database, { smtpUrl, mailFrom, dataDir }: Config) =>
	createInvitationService(
		database,
		createMailer(smtpUrl, mailFrom, join(dataDir, 'mail'), (error) => console.error(error)),
		createPasswordSignIn(database, limitsOn(null)),
		limitsOn(null)
	);

export function invitationCommands(program: Command, at: () => Installation, tell: Tell): void {
	const invitation = program.command('invitation').description('Invitations by e-mail');
	invitation
		.command('create <workspace> <email> <role>')
		.description('invite somebody; prints the link')
		.action((reference: string, email: string, given: string) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const { config } = at();
					const role = oneOf(invitedRoles, given, 'role for an invitation');
					const { id, name } = await requireWorkspace(database, reference);
					const origin = config.publicUrl ?? `http://localhost:${config.port}`;
					const to = emailSchema.parse(email);
					return invitationsOf(database, config).create(operator(id), name, to, role, origin);
				})
			)
		);
	invitation
		.command('list <workspace>')
		.description('those that wait to be accepted')
		.action((reference: string) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const { id } = await requireWorkspace(database, reference);
					const list = await database.tenant(id, (queries) => listInvitations(queries, id));
					return list.map(({ id: invitation, email, role, expiresAt, state }) => ({
						id: invitation,
						email,
						role,
						expiresAt,
						state
					}));
				})
			)
		);
	invitation
		.command('revoke <workspace> <id>')
		.description('take one back')
		.action((reference: string, invitationId: string) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const { id } = await requireWorkspace(database, reference);
					await invitationsOf(database, at().config).revoke(operator(id), invitationId);
					return 'Revoked.';
				})
			)
		);
}

/** The first line of standard input. @throws ZodError when it is no password */
async function readPassword(): Promise<string> {
	let text = '';
	for await (const chunk of process.stdin) text += String(chunk);
	return passwordSchema.parse(text.replace(/\r?\n$/, ''));
}

export function userCommands(program: Command, at: () => Installation, tell: Tell): void {
	const user = program.command('user').description('Accounts on this installation');
	user
		.command('list')
		.description('everybody with an account')
		.action(() => tell(() => at().withDatabase(listUsers)));
	user
		.command('create <email> <name>')
		.description('make an account; its password is read from standard input')
		.action((email: string, name: string) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const given = {
						email: emailSchema.parse(email),
						name: personNameSchema.parse(name),
						passwordHash: await hashPassword(await readPassword())
					};
					const id = randomUUID();
					await insertUser(database, { id, ...given, isSuperadmin: false });
					return { id, email: given.email, name: given.name };
				})
			)
		);
	user
		.command('reset-password <email>')
		.description('set a new password, read from standard input; signs all devices out')
		.action((email: string) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const { id, email: address } = await requireUser(database, email);
					await setPasswordHash(database, id, await hashPassword(await readPassword()));
					await createSessions(database, false).revoke(id, { but: null });
					connectionsOf(database).end(
						{ user: id },
						closeCodes.unauthenticated,
						'the password was changed'
					);
					return `${address} has a new password, and signs in anew.`;
				})
			)
		);
	user
		.command('set-superadmin <email> <yes|no>')
		.description('who runs the platform')
		.action((email: string, given: string) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const isSuperadmin = oneOf(['yes', 'no'], given, 'answer') === 'yes';
					const { id, email: address } = await requireUser(database, email);
					await setSuperadmin(database, id, isSuperadmin);
					return `${address} ${isSuperadmin ? 'is' : 'is not'} superadmin.`;
				})
			)
		);
}
