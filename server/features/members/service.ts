import { AuraError } from '#shared/errors.ts';
import { type Role, can, mayChangeMember } from '#shared/permissions.ts';
import { closeCodes } from '#sync/relay/protocol.ts';
import type { Database, Queries } from '../../database/database.ts';
import type { Connections } from '../../relay/connections.ts';
import { findUser } from '../auth/store.ts';
import { type Doer, audited, roleOfDoer } from '../audit/store.ts';
import { deleteMember, lockRoles, setRole } from './store.ts';

/** What members do to each other. Rights are read again under the lock: they may have changed since the request began. */
export interface MemberService {
	/** @throws AuraError forbidden, not_found, or conflict when the last owner would go */
	changeRole(doer: Doer, user: string, role: Role): Promise<void>;
	/** Removes somebody, or lets oneself leave. @throws the same */
	remove(doer: Doer, user: string): Promise<void>;
	/** Makes somebody else the owner and the doer an admin. @throws the same */
	transferOwnership(doer: Doer, user: string): Promise<void>;
}

const managesMembers = (role: Role) => can(role, 'manage', 'member');
const forbidden = (message: string) => new AuraError('forbidden', message);

function assertOwnerStays(roles: Map<string, Role>, user: string): void {
	const owners = [...roles].filter(([, role]) => role === 'owner');
	if (owners.length === 1 && owners[0]![0] === user)
		throw new AuraError(
			'conflict',
			'A workspace has an owner. Hand the ownership over first, then go.'
		);
}

export function createMemberService(database: Database, connections: Connections): MemberService {
	/** Both roles, under the lock. @param may whether a role may do this to anybody at all */
	const rolesOf = async (
		queries: Queries,
		doer: Doer,
		user: string,
		may: (mine: Role) => boolean
	) => {
		const roles = await lockRoles(queries, doer.workspace);
		const mine = roleOfDoer(doer, roles);
		if (!mine) throw new AuraError('not_found', 'There is no such workspace.');
		if (!may(mine)) throw forbidden(`The role ${mine} may not change who belongs here.`);
		const theirs = roles.get(user);
		if (!theirs) throw new AuraError('not_found', 'Nobody of this workspace has this id.');
		const name = (await findUser(queries, user))?.name ?? user;
		return { roles, mine, theirs, name };
	};

	return {
		async changeRole(doer, user, role) {
			await audited(database, doer, async (queries) => {
				const { roles, mine, theirs, name } = await rolesOf(queries, doer, user, managesMembers);
				if (!mayChangeMember(mine, theirs, role))
					throw forbidden(`The role ${mine} may not make a ${theirs} a ${role}.`);
				if (theirs === role) return null;
				if (role !== 'owner') assertOwnerStays(roles, user);
				await setRole(queries, doer.workspace, user, role);
				return {
					action: 'member.role',
					subject: name,
					before: { role: theirs },
					after: { role }
				};
			});
			// the device connects again by itself, with the new rights
			connections.end({ user, workspace: doer.workspace }, 1012, 'your role has changed');
		},
		async remove(doer, user) {
			await audited(database, doer, async (queries) => {
				const isLeaving = doer.actor?.id === user;
				const { roles, mine, theirs, name } = await rolesOf(
					queries,
					doer,
					user,
					(role) => isLeaving || managesMembers(role)
				);
				if (!isLeaving && !mayChangeMember(mine, theirs, null))
					throw forbidden(`The role ${mine} may not remove a ${theirs}.`);
				assertOwnerStays(roles, user);
				await deleteMember(queries, doer.workspace, user);
				return {
					action: isLeaving ? 'member.leave' : 'member.remove',
					subject: name,
					before: { role: theirs }
				};
			});
			connections.end(
				{ user, workspace: doer.workspace },
				closeCodes.notFound,
				'you do not belong to this workspace any more'
			);
		},
		async transferOwnership(doer, user) {
			let ended: string[] = [];
			await audited(database, doer, async (queries) => {
				const { roles, theirs, name } = await rolesOf(queries, doer, user, (role) =>
					can(role, 'manage', 'workspace')
				);
				if (theirs === 'owner')
					throw new AuraError('conflict', `${name} is an owner of this workspace already.`);
				await setRole(queries, doer.workspace, user, 'owner');
				const before = [...roles].filter(([, role]) => role === 'owner').map(([id]) => id);
				const stepping = doer.actor ? [doer.actor.id] : before;
				for (const each of stepping) await setRole(queries, doer.workspace, each, 'admin');
				ended = [user, ...stepping];
				return {
					action: 'member.transfer_ownership',
					subject: name,
					after: { owner: name }
				};
			});
			for (const each of ended)
				connections.end({ user: each, workspace: doer.workspace }, 1012, 'your role has changed');
		}
	};
}
