// GitHub's part of a sign-in, as its documentation describes it: authorisation with PKCE, tokens, user, addresses,
// membership of an organisation. Codes are good once; a wrong one is answered with 200 and an error inside.
import { createHash, randomBytes } from 'node:crypto';
import { type Server, createServer } from 'node:http';
import type { GithubConfig } from '../../server/features/auth/github-client.ts';

export interface FakePerson {
	id: number;
	login: string;
	name: string | null;
	emails: { email: string; primary: boolean; verified: boolean }[];
	/** 'active', 'pending', or none */
	org?: string;
}

export interface FakeGithub {
	config: GithubConfig;
	/** who consents next in the browser */
	person: FakePerson;
	/** what was asked of /login/oauth/authorize last */
	asked: URLSearchParams | null;
	tokens: string[];
	stop(): Promise<void>;
}

const pixel = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
	'base64'
);

export async function fakeGithub(
	allowedOrg?: string,
	person: FakePerson = {
		id: 4242,
		login: 'Hana-A',
		name: 'Hana Alemu',
		emails: [{ email: 'hana@example.com', primary: true, verified: true }]
	}
): Promise<FakeGithub> {
	const codes = new Map<string, { challenge: string; redirectUri: string; person: FakePerson }>();
	const people = new Map<string, FakePerson>();
	const github: Omit<FakeGithub, 'config' | 'stop'> = { person, asked: null, tokens: [] };

	const server: Server = createServer((request, response) => {
		const url = new URL(request.url!, 'http://github');
		const json = (status: number, body: unknown) =>
			response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
		if (url.pathname === '/login/oauth/authorize') {
			github.asked = url.searchParams;
			const code = randomBytes(10).toString('hex');
			const redirectUri = url.searchParams.get('redirect_uri')!;
			if (url.searchParams.get('code_challenge_method') !== 'S256') return json(400, {});
			codes.set(code, {
				challenge: url.searchParams.get('code_challenge')!,
				redirectUri,
				person: github.person
			});
			const back = new URL(redirectUri);
			back.searchParams.set('code', code);
			back.searchParams.set('state', url.searchParams.get('state')!);
			return response.writeHead(302, { location: back.toString() }).end();
		}
		if (url.pathname === '/login/oauth/access_token' && request.method === 'POST') {
			let text = '';
			request.on('data', (chunk) => (text += String(chunk)));
			request.on('end', () => {
				const form = new URLSearchParams(text);
				const basic = Buffer.from(
					(request.headers.authorization ?? '').replace('Basic ', ''),
					'base64'
				).toString();
				if (basic !== 'client:secret') return json(200, { error: 'incorrect_client_credentials' });
				const known = codes.get(form.get('code') ?? '');
				codes.delete(form.get('code') ?? '');
				const challenge = createHash('sha256')
					.update(form.get('code_verifier') ?? '')
					.digest('base64url');
				if (!known || known.challenge !== challenge)
					return json(200, { error: 'bad_verification_code' });
				if (known.redirectUri !== form.get('redirect_uri'))
					return json(200, { error: 'redirect_uri_mismatch' });
				const token = `gho_${randomBytes(18).toString('hex')}`;
				github.tokens.push(token);
				people.set(token, known.person);
				json(200, { access_token: token, token_type: 'bearer', scope: 'read:user,user:email' });
			});
			return;
		}
		if (url.pathname === '/avatar.png')
			return response
				.writeHead(200, { 'content-type': 'image/png', 'content-length': pixel.length })
				.end(pixel);
		const who = people.get((request.headers.authorization ?? '').replace('Bearer ', ''));
		if (!who) return json(401, { message: 'Bad credentials' });
		if (url.pathname === '/api/user')
			return json(200, {
				id: who.id,
				login: who.login,
				name: who.name,
				avatar_url: `${addressOf(server)}/avatar.png`
			});
		if (url.pathname === '/api/user/emails') return json(200, who.emails);
		const org = /^\/api\/user\/memberships\/orgs\/(.+)$/.exec(url.pathname)?.[1];
		if (org && who.org) return json(200, { state: who.org, organization: { login: org } });
		return json(404, { message: 'Not Found' });
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const address = addressOf(server);
	return Object.assign(github, {
		config: {
			clientId: 'client',
			clientSecret: 'secret',
			allowedOrg,
			url: address,
			apiUrl: `${address}/api`
		},
		stop: () =>
			new Promise<void>((done) => {
				server.close(() => done());
				server.closeAllConnections();
			})
	});
}

function addressOf(server: Server): string {
	const address = server.address();
	return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}
