import { randomUUID } from 'node:crypto';
import { hashPassword } from '../../server/features/auth/passwords.ts';
import type { Role } from '#shared/permissions.ts';
import { type Session, cookieOf, sessionOf } from './client.ts';
import type { TestServer } from './server.ts';

/** Somebody with an account, in a workspace with a role, signed in. */
export async function addPerson(
	server: TestServer,
	workspace: string,
	role: Role
): Promise<Session> {
	const id = randomUUID();
	const email = `${id}@example.com`;
	await server.database.query(
		`insert into users (id, email, name, password_hash) values ($1, $2, 'Somebody', $3)`,
		[id, email, await hashPassword('a long password')]
	);
	await server.database.query(
		`insert into members (workspace_id, user_id, role) values ($1, $2, $3)`,
		[workspace, id, role]
	);
	return signIn(server, email, workspace);
}

export async function signIn(
	server: TestServer,
	email: string,
	workspace: string
): Promise<Session> {
	const response = await fetch(`${server.url}/api/auth/login`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ email, password: 'a long password' })
	});
	const { user } = (await response.json()) as { user: { id: string } };
	return sessionOf(server.url, cookieOf(response), user.id, workspace);
}

/** Another studio on the same installation, with its owner. */
export async function otherStudio(server: TestServer): Promise<Session> {
	const workspace = randomUUID();
	await server.database.query(
		`insert into workspaces (id, slug, name) values ($1, $2, 'Other Studio')`,
		[workspace, `other-${workspace.slice(0, 8)}`]
	);
	return addPerson(server, workspace, 'owner');
}
