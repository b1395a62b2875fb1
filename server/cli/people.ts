import type { Command } from 'commander';
import { AuraError } from '#shared/errors.ts';
import type { Member } from '#shared/members.ts';
import {
	type Action,
	type Resource,
	type Role,
	actions,
	can,
	resources,
	roles
} from '#shared/permissions.ts';
import { audited } from '../features/audit/store.ts';
import { createMemberService } from '../features/members/service.ts';
import { insertMember, listMembers, lockRoles } from '../features/members/store.ts';
import {
	type Installation,
	connectionsOf,
	operator,
	requireUser,
	requireWorkspace
} from './installation.ts';
import { type Tell, oneOf } from './output.ts';
import { type Remote, baseOf } from './remote.ts';

/** A member of a workspace on a running server, by e-mail. @throws AuraError not_found */
async function requireRemoteMember(
	server: Remote,
	workspace: string,
	email: string
): Promise<string> {
	const { members } = await server.ask<{ members: Member[] }>(
		'GET',
		`${baseOf(workspace)}/members`
	);
	const found = members.find(({ user }) => user.email === email.toLowerCase());
	if (!found) throw new AuraError('not_found', `Nobody of ${workspace} has the address ${email}.`);
	return found.user.id;
}
const memberRow = ({ user, role, joinedAt, lastSeenAt }: Member) => ({
	email: user.email,
	name: user.name,
	role,
	joinedAt,
	lastSeenAt
});

export function memberCommands(
	program: Command,
	at: () => Installation,
	remote: () => Remote | null,
	tell: Tell
): void {
	const member = program.command('member').description('Who belongs to a workspace');
	member
		.command('list <workspace>')
		.description('everybody, with their roles')
		.action((reference: string) =>
			tell(async () => {
				const server = remote();
				if (server) {
					const path = `${baseOf(reference)}/members`;
					return (await server.ask<{ members: Member[] }>('GET', path)).members.map(memberRow);
				}
				return at().withDatabase(async (database) => {
					const { id } = await requireWorkspace(database, reference);
					return (await listMembers(database, id)).map(memberRow);
				});
			})
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
		) => Promise<void>,
		afar: (server: Remote, workspace: string, id: string, role: string) => Promise<void>
	) =>
		member
			.command(name)
			.description(description)
			.action((reference: string, email: string, role: string) =>
				tell(async () => {
					const server = remote();
					if (server) {
						await afar(
							server,
							reference,
							await requireRemoteMember(server, reference, email),
							role
						);
						return 'Done.';
					}
					return at().withDatabase(async (database) => {
						const { id } = await requireWorkspace(database, reference);
						const user = await requireUser(database, email);
						await run(createMemberService(database, connectionsOf(database)), id, user.id, role);
						return 'Done.';
					});
				})
			);
	change(
		'update-role <workspace> <email> <role>',
		'change what somebody may',
		(service, id, user, role) => service.changeRole(operator(id), user, oneOf(roles, role, 'role')),
		(server, workspace, id, role) =>
			server.ask('PUT', `${baseOf(workspace)}/members/${id}`, { role: oneOf(roles, role, 'role') })
	);
	change(
		'remove <workspace> <email>',
		'end somebody’s access; what they made stays',
		(service, id, user) => service.remove(operator(id), user),
		(server, workspace, id) => server.ask('DELETE', `${baseOf(workspace)}/members/${id}`)
	);
	change(
		'transfer-ownership <workspace> <email>',
		'make a member the owner',
		(service, id, user) => service.transferOwnership(operator(id), user),
		(server, workspace, user) =>
			server.ask('POST', `${baseOf(workspace)}/transfer-ownership`, { user })
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
