import { AuraError } from '#shared/errors.ts';
import type { Database } from '../../database/database.ts';
import { resetLetter } from '../../mail/letters.ts';
import type { Mailer } from '../../mail/mailer.ts';
import type { MakeLimit } from '../../http/limits.ts';
import { hashPassword } from './passwords.ts';
import type { Sessions } from './sessions.ts';
import { findCredentials, findUser, setPasswordHash } from './store.ts';
import { makeToken, tokenHash } from './tokens.ts';

/** Setting a new password by a link that is mailed. */
export interface PasswordResets {
	/** Mails a link when the address has an account; whoever asks learns nothing of that, also not by the time it takes. */
	ask(email: string, address: string, origin: string): Promise<void>;
	/** Sets the password and signs all devices out. @returns the person. @throws AuraError gone */
	complete(token: string, password: string, address: string): Promise<string>;
}

export function createPasswordResets(
	database: Database,
	sessions: Sessions,
	mailer: Mailer,
	report: (error: unknown) => void,
	makeLimit: MakeLimit
): PasswordResets {
	const byAddress = makeLimit({ name: 'reset-address', points: 20, seconds: 15 * 60 });
	const byAccount = makeLimit({ name: 'reset-account', points: 3, seconds: 15 * 60 });
	const tries = makeLimit({ name: 'reset-tries', points: 30, seconds: 15 * 60 });

	const send = async (email: string, origin: string): Promise<void> => {
		const found = await findCredentials(database, email);
		const user = found && (await findUser(database, found.id));
		if (!user) return;
		const { token, hash } = makeToken();
		await database.query(
			`insert into password_resets (token_hash, user_id, expires_at) values ($1, $2, now() + interval '1 hour')`,
			[hash, user.id]
		);
		await mailer.send(
			await resetLetter({ to: email, name: user.name, url: `${origin}/reset/${token}` })
		);
	};
	return {
		async ask(email, address, origin) {
			await byAddress.take(address);
			await byAccount.take(email);
			void send(email, origin).catch(report);
		},
		async complete(token, password, address) {
			await tries.take(address);
			const passwordHash = await hashPassword(password);
			const user = await database.transaction(async (queries) => {
				const [row] = await queries.query<{ user_id: string }>(
					`delete from password_resets where token_hash = $1 and expires_at > now() returning user_id`,
					[tokenHash(token)]
				);
				if (!row)
					throw new AuraError(
						'gone',
						'This link was used already, or is older than an hour. Ask for a new one.'
					);
				await queries.query(`delete from password_resets where user_id = $1`, [row.user_id]);
				await setPasswordHash(queries, row.user_id, passwordHash);
				return row.user_id;
			});
			await sessions.revoke(user, { but: null });
			return user;
		}
	};
}
