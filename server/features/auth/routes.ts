import type { Database } from '../../database/database.ts';
import type { Implement } from '../../http/endpoint.ts';
import { createPasswordSignIn, identityOf } from './service.ts';
import type { Sessions } from './sessions.ts';

export function authRoutes(implement: Implement, database: Database, sessions: Sessions): void {
	const signIn = createPasswordSignIn(database);
	implement('POST /api/auth/login', async ({ body, c }) => {
		const userId = await signIn(body.email, body.password, c.get('address'));
		await sessions.end(c.req.header('cookie')); // a session made before the sign-in ends with it
		c.header('Set-Cookie', await sessions.start(userId));
		return identityOf(database, userId);
	});
	implement('GET /api/auth/me', async ({ who }) => who);
	implement('POST /api/auth/logout', async ({ c }) => {
		c.header('Set-Cookie', await sessions.end(c.req.header('cookie')));
		return undefined;
	});
}
