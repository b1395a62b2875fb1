import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { AuraError } from '#shared/errors.ts';
import {
	INVITATION_DAYS,
	type OpenInvitation,
	type SentInvitation,
	type acceptInvitationSchema
} from '#shared/invitations.ts';
import type { Role } from '#shared/permissions.ts';
import { type Database, becomeTenant } from '../../database/database.ts';
import { invitationLetter } from '../../mail/letters.ts';
import type { Mailer } from '../../mail/mailer.ts';
import { type Doer, record } from '../audit/store.ts';
import type { PasswordSignIn } from '../auth/service.ts';
import type { MakeLimit } from '../../http/limits.ts';
import { hashPassword } from '../auth/passwords.ts';
import { findCredentials, findUser, insertUser } from '../auth/store.ts';
import { makeToken, tokenHash } from '../auth/tokens.ts';
import { insertMember, lockRoles } from '../members/store.ts';
import {
	type StoredInvitation,
	closeInvitation,
	findByToken,
	findInvitation,
	insertInvitation,
	prolongInvitation,
	setToken
} from './store.ts';

interface Invited {
	workspace: string;
	name: string;
	invitation: StoredInvitation;
}

export interface InvitationService {
	create(
		doer: Doer,
		studio: string,
		email: string,
		role: Role,
		origin: string
	): Promise<SentInvitation>;
	resend(doer: Doer, studio: string, id: string, origin: string): Promise<SentInvitation>;
	revoke(doer: Doer, id: string): Promise<void>;
	/** @throws AuraError not_found, gone */
	open(token: string, address: string): Promise<OpenInvitation>;
	/**
	 * @param signedIn who accepts; null: an account by its password, or a new person
	 * @returns the person who belongs to the workspace now
	 */
	accept(
		token: string,
		given: z.output<typeof acceptInvitationSchema>,
		signedIn: string | null,
		address: string
	): Promise<string>;
}

export function createInvitationService(
	database: Database,
	mailer: Mailer,
	signIn: PasswordSignIn,
	makeLimit: MakeLimit
): InvitationService {
	const byWorkspace = makeLimit({ name: 'invite-workspace', points: 100, seconds: 60 * 60 });
	const byReceiver = makeLimit({ name: 'invite-receiver', points: 5, seconds: 60 * 60 });
	const misses = makeLimit({ name: 'invitation-miss', points: 60, seconds: 15 * 60 });
	const expiry = () => new Date(Date.now() + INVITATION_DAYS * 86_400_000);

	const send = async (
		doer: Doer,
		studio: string,
		invitation: { id: string; email: string; role: Role },
		expiresAt: Date,
		url: string
	): Promise<SentInvitation> => {
		const letter = await invitationLetter({
			to: invitation.email,
			studio,
			invitedBy: doer.actor?.name ?? studio,
			role: invitation.role,
			url
		});
		const mail = await mailer.send(letter);
		return { id: invitation.id, url, expiresAt: expiresAt.toISOString(), mail };
	};

	const requireOpen = async (token: string, address: string): Promise<Invited> => {
		const found = await findByToken(database, tokenHash(token));
		const invitation =
			found &&
			(await database.tenant(found.workspace, (queries) =>
				findInvitation(queries, found.workspace, found.invitation)
			));
		if (!invitation) {
			await misses.take(address);
			throw new AuraError(
				'not_found',
				'This invitation is not known. Perhaps a newer one was sent: look for the latest mail.'
			);
		}
		const gone = {
			accepted: 'This invitation was accepted already. Sign in instead.',
			revoked: `${found.name} has taken this invitation back.`,
			expired: `This invitation has expired. Ask ${invitation.invitedBy} to send it again.`
		};
		if (invitation.state !== 'open')
			throw new AuraError('gone', gone[invitation.state], { state: invitation.state });
		return { workspace: found.workspace, name: found.name, invitation };
	};

	/** Who accepts; null: a person who is new here. */
	const accepterOf = async (
		{ invitation }: Invited,
		given: z.output<typeof acceptInvitationSchema>,
		signedIn: string | null,
		address: string
	): Promise<string | null> => {
		const { email } = invitation;
		if (signedIn) {
			const me = await findUser(database, signedIn);
			if (me && me.email !== email && !given.asMe)
				throw new AuraError('conflict', `${email} was invited, and you are ${me.email}.`, {
					reason: 'other_email',
					signedInAs: me.email
				});
			if (me) return me.id;
		}
		if (!(await findCredentials(database, email))) return null;
		if (given.password === undefined)
			throw new AuraError(
				'unauthenticated',
				`${email} has an account here: its password is needed.`
			);
		return signIn(email, given.password, address);
	};

	return {
		async create(doer, studio, email, role, origin) {
			await byWorkspace.take(doer.workspace);
			await byReceiver.take(`${doer.workspace} ${email}`);
			const { token, hash } = makeToken();
			const invitation = { id: randomUUID(), email, role };
			const expiresAt = expiry();
			await database.transaction(async (queries) => {
				const members = await queries.query(
					`select 1 from members m join users u on u.id = m.user_id where m.workspace_id = $1 and u.email = $2`,
					[doer.workspace, email]
				);
				if (members.length > 0)
					throw new AuraError('conflict', `${email} belongs to ${studio} already.`);
				await setToken(queries, doer.workspace, invitation.id, hash);
				await becomeTenant(queries, doer.workspace);
				const by = doer.actor ?? { id: invitation.id, name: studio };
				if (!(await insertInvitation(queries, doer.workspace, { ...invitation, by, expiresAt })))
					throw new AuraError(
						'conflict',
						`${email} is invited already. Send that invitation again.`
					);
				await record(queries, doer, {
					action: 'invitation.create',
					subject: email,
					after: { role }
				});
			});
			return send(doer, studio, invitation, expiresAt, `${origin}/invitations/${token}`);
		},
		async resend(doer, studio, id, origin) {
			const invitation = await database.tenant(doer.workspace, (queries) =>
				findInvitation(queries, doer.workspace, id)
			);
			if (!invitation || (invitation.state !== 'open' && invitation.state !== 'expired'))
				throw new AuraError('not_found', 'This invitation does not wait any more.');
			await byWorkspace.take(doer.workspace);
			await byReceiver.take(`${doer.workspace} ${invitation.email}`);
			const { token, hash } = makeToken();
			const expiresAt = expiry();
			await database.transaction(async (queries) => {
				await setToken(queries, doer.workspace, id, hash);
				await becomeTenant(queries, doer.workspace);
				await prolongInvitation(queries, doer.workspace, id, expiresAt);
				await record(queries, doer, { action: 'invitation.resend', subject: invitation.email });
			});
			return send(doer, studio, invitation, expiresAt, `${origin}/invitations/${token}`);
		},
		async revoke(doer, id) {
			await database.tenant(doer.workspace, async (queries) => {
				const invitation = await findInvitation(queries, doer.workspace, id);
				if (!invitation || !(await closeInvitation(queries, doer.workspace, id, 'revoked')))
					throw new AuraError('not_found', 'This invitation does not wait any more.');
				await record(queries, doer, {
					action: 'invitation.revoke',
					subject: invitation.email,
					before: { role: invitation.role }
				});
			});
		},
		async open(token, address) {
			const { name, invitation } = await requireOpen(token, address);
			const { email, role, invitedBy, expiresAt } = invitation;
			const hasAccount = (await findCredentials(database, email)) !== null;
			return { workspace: name, email, role, invitedBy, expiresAt, hasAccount };
		},
		async accept(token, given, signedIn, address) {
			const invited = await requireOpen(token, address);
			const { workspace, name, invitation } = invited;
			const existing = await accepterOf(invited, given, signedIn, address);
			if (!existing && (given.name === undefined || given.password === undefined))
				throw new AuraError('invalid', 'A name and a password are needed.');
			const user = existing ?? randomUUID();
			const passwordHash = existing ? '' : await hashPassword(given.password!);
			await database.transaction(async (queries) => {
				if (!existing)
					await insertUser(queries, {
						id: user,
						name: given.name!,
						email: invitation.email,
						passwordHash,
						isSuperadmin: false
					});
				if ((await lockRoles(queries, workspace)).has(user))
					throw new AuraError('conflict', `You belong to ${name} already.`);
				await insertMember(queries, workspace, user, invitation.role);
				const actorName = given.name ?? (await findUser(queries, user))?.name ?? '';
				await becomeTenant(queries, workspace);
				if (!(await closeInvitation(queries, workspace, invitation.id, 'accepted')))
					throw new AuraError('gone', 'This invitation was used or taken back just now.');
				await record(
					queries,
					{ workspace, actor: { id: user, name: actorName }, address },
					{
						action: 'invitation.accept',
						subject: invitation.email,
						after: { role: invitation.role }
					}
				);
			});
			return user;
		}
	};
}
