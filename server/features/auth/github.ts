// Signing in with GitHub: who comes back from there, and whom they are here.
import { randomBytes, randomUUID } from 'node:crypto';
import { AuraError } from '#shared/errors.ts';
import type { Database, Queries } from '../../database/database.ts';
import type { SecretBox } from '../../secrets.ts';
import { insertWorkspace } from '../workspaces/store.ts';
import type { GithubClient, GithubPerson } from './github-client.ts';
import { hashPassword } from './passwords.ts';
import { findCredentials, hasUsers, insertUser } from './store.ts';

/** What the token of somebody's account is sealed for. */
export const tokenPurpose = (user: string): string => `github token of ${user}`;

export interface GithubSignIn {
	client: GithubClient;
	/**
	 * @param linkTo the signed-in person whose account it shall be; null: somebody signs in
	 * @param may `setUp`: whoever comes to an empty installation has it; `join`: they hold an invitation
	 * @returns the person here
	 * @throws AuraError forbidden for somebody whom nobody knows or invited, conflict when the account is another person's
	 */
	arrive(
		person: GithubPerson,
		linkTo: string | null,
		may: { setUp: boolean; join: boolean }
	): Promise<string>;
}

/** @param isOpen anybody whom GitHub lets through ALLOWED_ORG has an account here */
export function createGithubSignIn(
	database: Database,
	client: GithubClient,
	secrets: SecretBox,
	isOpen: boolean
): GithubSignIn {
	/** Somebody who is new here. */
	const makeUser = async (
		queries: Queries,
		person: GithubPerson,
		email: string,
		isSuperadmin: boolean
	): Promise<string> => {
		const id = randomUUID();
		await insertUser(queries, {
			id,
			email,
			name: person.name.slice(0, 100),
			// nobody knows it: a password can be set by a letter
			passwordHash: await hashPassword(randomBytes(32).toString('base64')),
			isSuperadmin
		});
		return id;
	};

	const findOrMake = async (
		queries: Queries,
		person: GithubPerson,
		may: { setUp: boolean; join: boolean }
	): Promise<string> => {
		if (!(await hasUsers(queries))) {
			if (!may.setUp)
				throw new AuraError(
					'forbidden',
					'This installation is empty. Open the set-up link that the server printed, and set it up from there.'
				);
			const [email] = person.emails;
			if (!email) throw noAddress();
			const id = await makeUser(queries, person, email, true);
			const slug = `${person.login.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-studio`;
			await insertWorkspace(
				queries,
				{ id: randomUUID(), name: `${person.name.slice(0, 60)}’s studio`, slug: slug.slice(0, 48) },
				id
			);
			return id;
		}
		// only addresses that GitHub has verified: whoever writes somebody else's into a profile does not become them
		for (const email of person.emails) {
			const known = await findCredentials(queries, email);
			if (known) return known.id;
		}
		const [email] = person.emails;
		if (!email) throw noAddress();
		if (isOpen || may.join) return makeUser(queries, person, email, false);
		throw new AuraError(
			'forbidden',
			`Nobody here knows ${email}. Open the link of your invitation, or ask the studio for one.`
		);
	};

	const keepAvatar = async (user: string, url: string | null) => {
		const picture = url ? await client.avatar(url) : null;
		if (picture)
			await database.query(
				`insert into avatars (user_id, type, bytes) values ($1, $2, $3)
				 on conflict (user_id) do update set type = excluded.type, bytes = excluded.bytes`,
				[user, picture.type, picture.bytes]
			);
	};

	return {
		client,
		async arrive(person, linkTo, may) {
			const user = await database.transaction(async (queries) => {
				await queries.query(`lock table users in share row exclusive mode`);
				const [known] = await queries.query<{ user_id: string }>(
					`select user_id from oauth_accounts where provider = 'github' and subject = $1`,
					[person.subject]
				);
				if (known && linkTo && known.user_id !== linkTo)
					throw new AuraError('conflict', `${person.login} is somebody else's account here.`);
				const id = known?.user_id ?? linkTo ?? (await findOrMake(queries, person, may));
				const token = secrets.seal(Buffer.from(person.token), tokenPurpose(id));
				const kept = await queries
					.query(
						`insert into oauth_accounts (provider, subject, user_id, login, token) values ('github', $1, $2, $3, $4)
					 on conflict (provider, subject) do update set login = excluded.login, token = excluded.token, last_used_at = now()
					 where oauth_accounts.user_id = excluded.user_id returning 1`,
						[person.subject, id, person.login, token]
					)
					.catch((error: unknown) => {
						if ((error as { code?: string }).code !== '23505') throw error;
						throw new AuraError(
							'conflict',
							'Another GitHub account is connected here already. Disconnect it first.'
						);
					});
				if (kept.length === 0)
					throw new AuraError('conflict', `${person.login} is somebody else's account here.`);
				return id;
			});
			await keepAvatar(user, person.avatarUrl);
			return user;
		}
	};
}

const noAddress = () =>
	new AuraError('forbidden', 'GitHub has verified no e-mail address of this account.');

export interface LinkedAccount {
	login: string;
	connectedAt: string;
}

/** The GitHub account of a person; null: none. */
export async function findLinked(queries: Queries, user: string): Promise<LinkedAccount | null> {
	const [row] = await queries.query<{ login: string; created_at: Date }>(
		`select login, created_at from oauth_accounts where provider = 'github' and user_id = $1`,
		[user]
	);
	return row ? { login: row.login, connectedAt: row.created_at.toISOString() } : null;
}

export async function unlink(queries: Queries, user: string): Promise<void> {
	await queries.query(`delete from oauth_accounts where provider = 'github' and user_id = $1`, [
		user
	]);
}

export async function findAvatar(
	queries: Queries,
	user: string
): Promise<{ type: string; bytes: Uint8Array } | null> {
	const [row] = await queries.query<{ type: string; bytes: Uint8Array }>(
		`select type, bytes from avatars where user_id = $1`,
		[user]
	);
	return row ?? null;
}
