import { randomBytes, timingSafeEqual, createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { setupSchema } from '#shared/auth.ts';
import { AuraError } from '#shared/errors.ts';
import type { Database } from '../../database/database.ts';
import { readOrMake } from '../../secrets.ts';
import { hashPassword } from '../auth/passwords.ts';
import { hasUsers, insertUser } from '../auth/store.ts';
import { insertWorkspace } from '../workspaces/store.ts';

/** The one-time token of an empty installation; the same after a restart until it was used. */
export function readSetupToken(dataDir: string, given: string | undefined): string {
	if (given) return given;
	const made = readOrMake(dataDir, 'setup-token', () => randomBytes(24).toString('base64url'));
	return made.toString('utf8').trim();
}

const digest = (text: string) => createHash('sha256').update(text).digest();

export interface Setup {
	/** null once the installation is set up */
	token(): Promise<string | null>;
	/** Makes the first person and their studio. @returns the person's id. */
	complete(input: z.output<typeof setupSchema>): Promise<string>;
}

export function createSetup(database: Database, dataDir: string, given: string | undefined): Setup {
	const token = async () => ((await hasUsers(database)) ? null : readSetupToken(dataDir, given));
	return {
		token,
		async complete(input) {
			const expected = await token();
			if (expected === null)
				throw new AuraError('conflict', 'This installation is set up already. Sign in instead.');
			if (!timingSafeEqual(digest(expected), digest(input.token)))
				throw new AuraError(
					'forbidden',
					'This set-up link is not the one that the server printed.'
				);
			const userId = randomUUID();
			const passwordHash = await hashPassword(input.password);
			await database.transaction(async (queries) => {
				await queries.query(`lock table users in exclusive mode`);
				if (await hasUsers(queries))
					throw new AuraError('conflict', 'This installation was set up just now.');
				await insertUser(queries, {
					id: userId,
					name: input.name,
					email: input.email,
					passwordHash,
					isSuperadmin: true
				});
				await insertWorkspace(queries, { id: randomUUID(), ...input.workspace }, userId);
			});
			rmSync(join(dataDir, 'setup-token'), { force: true });
			return userId;
		}
	};
}
