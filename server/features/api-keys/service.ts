import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { KEY_PREFIX, type newApiKeySchema, roleOfScope } from '#shared/api-keys.ts';
import type { Identity } from '#shared/auth.ts';
import { AuraError } from '#shared/errors.ts';
import { type Database, becomeTenant } from '../../database/database.ts';
import { type Doer, record } from '../audit/store.ts';
import { makeToken, tokenHash } from '../auth/tokens.ts';
import { insertKey, findSecret, revokeKey, setHint, setSecret, useKey } from './store.ts';

function makeSecret(): { secret: string; hash: string; hint: string } {
	const secret = KEY_PREFIX + makeToken().token;
	return { secret, hash: tokenHash(secret), hint: secret.slice(0, KEY_PREFIX.length + 4) };
}

const notThere = () => new AuraError('not_found', 'There is no such key.');

export async function createKey(
	database: Database,
	doer: Doer,
	given: z.output<typeof newApiKeySchema>
): Promise<{ id: string; secret: string }> {
	const id = randomUUID();
	const { secret, hash, hint } = makeSecret();
	await database.transaction(async (queries) => {
		await setSecret(queries, doer.workspace, id, hash);
		await becomeTenant(queries, doer.workspace);
		const { name, scope, days = null } = given;
		const by = doer.actor?.name ?? 'command line';
		await insertKey(queries, doer.workspace, { id, name, scope, hint, by, days });
		await record(queries, doer, {
			action: 'api_key.create',
			subject: name,
			after: { scope, ...(days ? { days } : {}) }
		});
	});
	return { id, secret };
}

/** @throws AuraError not_found */
export async function rotateKey(
	database: Database,
	doer: Doer,
	id: string
): Promise<{ id: string; secret: string }> {
	const { secret, hash, hint } = makeSecret();
	await database.transaction(async (queries) => {
		const [known] = await queries.query(
			`select 1 from api_key_secrets where workspace_id = $1 and key_id::text = $2`,
			[doer.workspace, id]
		);
		if (!known) throw notThere();
		await setSecret(queries, doer.workspace, id, hash);
		await becomeTenant(queries, doer.workspace);
		const name = await setHint(queries, doer.workspace, id, hint);
		if (name === null) throw notThere();
		await record(queries, doer, { action: 'api_key.rotate', subject: name });
	});
	return { id, secret };
}

/** @throws AuraError not_found */
export async function endKey(database: Database, doer: Doer, id: string): Promise<void> {
	await database.tenant(doer.workspace, async (queries) => {
		const name = await revokeKey(queries, doer.workspace, id);
		if (name === null) throw notThere();
		await record(queries, doer, { action: 'api_key.revoke', subject: name });
	});
}

/**
 * Who asks with a key: somebody who belongs to one workspace, with the role that the scope comes to.
 * @param authorization the header; undefined: no key was given
 * @returns null without a key of ours. @throws AuraError unauthenticated when it is not in force
 */
export async function identityOfKey(
	database: Database,
	authorization: string | undefined
): Promise<{ identity: Identity; key: string } | null> {
	const match = /^Bearer (aura_[\w-]{43})$/.exec(authorization ?? '');
	if (!match) return null;
	const found = await findSecret(database, tokenHash(match[1]!));
	const key =
		found &&
		(await database.tenant(found.workspace, (queries) =>
			useKey(queries, found.workspace, found.key)
		));
	const [workspace] = found
		? await database.query<{
				name: string;
				slug: string;
				status: Identity['workspaces'][number]['status'];
				reason: string | null;
			}>(`select name, slug, status, status_reason as reason from workspaces where id = $1`, [
				found.workspace
			])
		: [];
	if (!found || !key || !workspace)
		throw new AuraError('unauthenticated', 'This key is not known, was revoked, or has expired.');
	const { name, slug, status, reason } = workspace;
	return {
		key: found.key,
		identity: {
			user: { id: found.key, name: `Key ${key.name}`, email: '', isSuperadmin: false },
			workspaces: [
				{
					id: found.workspace,
					name,
					slug,
					status,
					statusReason: reason,
					role: roleOfScope[key.scope]
				}
			]
		}
	};
}
