import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { emailSchema, passwordSchema, personNameSchema } from '#shared/auth.ts';
import { closeCodes } from '#sync/relay/protocol.ts';
import { createSessions } from '../features/auth/sessions.ts';
import { insertUser, listUsers, setPasswordHash, setSuperadmin } from '../features/auth/store.ts';
import { hashPassword } from '../features/auth/passwords.ts';
import { type Installation, connectionsOf, requireUser } from './installation.ts';
import { type Tell, oneOf } from './output.ts';

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
