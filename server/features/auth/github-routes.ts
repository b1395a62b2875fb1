import { timingSafeEqual } from 'node:crypto';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { html } from 'hono/html';
import { AuraError } from '#shared/errors.ts';
import type { Database } from '../../database/database.ts';
import type { AuraContext } from '../../http/context.ts';
import type { Implement } from '../../http/endpoint.ts';
import type { Setup } from '../platform/setup.ts';
import { type GithubSignIn, findAvatar, findLinked, unlink } from './github.ts';
import type { MakeLimit } from '../../http/limits.ts';
import type { Sessions } from './sessions.ts';

const COOKIE = 'aura_github';
const PATH = '/api/auth/github';
/** Seconds that somebody has to come back from GitHub. */
const WAIT_S = 10 * 60;

/** What the browser keeps while the person is at GitHub. */
interface Waiting {
	state: string;
	verifier: string;
	/** page to go to afterwards */
	to: string | null;
	isLinking: boolean;
	setup: string | null;
	/** token of an invitation that they hold */
	invitation: string | null;
}

/** Only pages of our own. */
const isOwnPath = (path: string) => /^\/(admin|capture|account|invitations)(\/[\w-]*)*$/.test(path);

const sameText = (a: string, b: string) => {
	const [x, y] = [Buffer.from(a), Buffer.from(b)];
	return x.length === y.length && timingSafeEqual(x, y);
};

/** A browser is shown words, with a way on; a program gets the problem itself. */
function failed(c: AuraContext, error: AuraError): Response {
	if (!c.req.header('accept')?.includes('text/html')) throw error;
	return c.html(
		html`<!doctype html>
			<html lang="en">
				<meta charset="utf-8" />
				<meta name="viewport" content="width=device-width" />
				<title>Sign in · Aura</title>
				<body
					style="font: 1.125rem/1.5 system-ui; max-width: 32rem; margin: 4rem auto; padding: 0 1rem"
				>
					<h1>That did not work</h1>
					<p>${error.message}</p>
					<p><a href="/signin">Sign in</a></p>
				</body>
			</html>` as string,
		error.status as 400
	);
}

/** @param github null: not configured */
export function githubRoutes(
	implement: Implement,
	database: Database,
	sessions: Sessions,
	github: GithubSignIn | null,
	setup: Setup,
	allowedOrg: string | undefined,
	/** whether an invitation is open */
	isInvited: (token: string, address: string) => Promise<boolean>,
	originOf: (c: AuraContext) => string,
	makeLimit: MakeLimit
): void {
	const limit = makeLimit({ name: 'github', points: 60, seconds: 15 * 60 });
	const required = (): GithubSignIn => {
		if (!github)
			throw new AuraError('not_found', 'This installation does not sign in with GitHub.');
		return github;
	};
	const redirectUri = (c: AuraContext) => `${originOf(c)}${PATH}/callback`;
	const isTls = (c: AuraContext) => originOf(c).startsWith('https:');

	const readWaiting = (c: AuraContext): Waiting | null => {
		try {
			const text = getCookie(c, COOKIE) ?? '';
			return JSON.parse(Buffer.from(text, 'base64url').toString()) as Waiting;
		} catch {
			return null;
		}
	};
	const maySetUp = async (given: string | null): Promise<boolean> => {
		if (allowedOrg) return true;
		const token = await setup.token();
		return token !== null && given !== null && sameText(token, given);
	};

	implement('GET /api/auth/github', async ({ query, c }) => {
		const { client } = required();
		await limit.take(c.get('address'));
		if (query.to !== undefined && !isOwnPath(query.to))
			throw new AuraError('bad_request', 'to: only pages of this application.');
		const { url, state, verifier } = client.begin(redirectUri(c));
		const waiting: Waiting = {
			state,
			verifier,
			to: query.to ?? null,
			isLinking: query.link === '1',
			setup: query.setup ?? null,
			invitation: query.invitation ?? null
		};
		setCookie(c, COOKIE, Buffer.from(JSON.stringify(waiting)).toString('base64url'), {
			path: PATH,
			httpOnly: true,
			secure: isTls(c),
			sameSite: 'Lax',
			maxAge: WAIT_S
		});
		return c.redirect(url.toString(), 302);
	});

	implement('GET /api/auth/github/callback', async ({ query, c }) => {
		const { client, arrive } = required();
		await limit.take(c.get('address'));
		const waiting = readWaiting(c);
		deleteCookie(c, COOKIE, { path: PATH });
		if (!waiting || !query.state || !sameText(waiting.state, query.state))
			return failed(
				c,
				new AuraError(
					'bad_request',
					'This sign-in was not begun in this browser, or too long ago. Begin again.'
				)
			);
		const back = (problem: string) =>
			c.redirect(
				`${waiting.isLinking ? '/account' : '/signin'}?problem=${encodeURIComponent(problem)}`,
				303
			);
		if (!query.code) return back('GitHub was not asked for an account, or refused.');
		try {
			const person = await client.complete(query.code, waiting.verifier, redirectUri(c));
			const signedIn = waiting.isLinking ? await sessions.check(c.req.header('cookie')) : null;
			if (signedIn?.method === 'face')
				throw new AuraError('forbidden', 'Sign in with your password to connect GitHub.');
			if (waiting.isLinking && !signedIn)
				throw new AuraError('unauthenticated', 'Sign in first, then connect GitHub.');
			const user = await arrive(person, signedIn?.userId ?? null, {
				setUp: await maySetUp(waiting.setup),
				join: waiting.invitation !== null && (await isInvited(waiting.invitation, c.get('address')))
			});
			if (!waiting.isLinking) {
				await sessions.end(c.req.header('cookie')); // a session made before the sign-in ends with it
				c.header('Set-Cookie', await sessions.start(user, c, 'github'), { append: true });
			}
			return c.redirect(
				waiting.isLinking
					? '/account'
					: `/signin?arrived=1${waiting.to ? `&to=${encodeURIComponent(waiting.to)}` : ''}`,
				303
			);
		} catch (error) {
			if (!(error instanceof AuraError)) throw error;
			return error.code === 'bad_request' ? failed(c, error) : back(error.message);
		}
	});

	implement('GET /api/auth/methods', async () => ({ github: github !== null }));
	implement('GET /api/auth/accounts', async ({ who }) => ({
		github: await findLinked(database, who.user.id)
	}));
	implement('DELETE /api/auth/accounts/github', async ({ who }) => {
		await unlink(database, who.user.id);
		return undefined;
	});
	implement('GET /api/auth/avatar', async ({ who, c }) => {
		const picture = await findAvatar(database, who.user.id);
		// most people have none: no error in their console
		if (!picture) return c.body(null, 204);
		return c.body(picture.bytes as Uint8Array<ArrayBuffer>, 200, {
			'Content-Type': picture.type,
			'Cache-Control': 'private, max-age=3600'
		});
	});
}
