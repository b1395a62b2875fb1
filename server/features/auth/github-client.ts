// The one place that knows arctic and GitHub's protocol.
import {
	ArcticFetchError,
	CodeChallengeMethod,
	OAuth2Client,
	OAuth2RequestError,
	generateCodeVerifier,
	generateState
} from 'arctic';
import { z } from 'zod';
import { AuraError } from '#shared/errors.ts';

export interface GithubConfig {
	clientId: string;
	clientSecret: string;
	/** only members of this organisation sign in; undefined: whoever is invited or known */
	allowedOrg: string | undefined;
	/** https://github.com, or an enterprise server */
	url: string;
	/** https://api.github.com */
	apiUrl: string;
}

export interface GithubPerson {
	/** number of the account; names can be given to somebody else */
	subject: string;
	login: string;
	name: string;
	/** addresses that GitHub has verified, the primary one first */
	emails: string[];
	avatarUrl: string | null;
	token: string;
}

const userSchema = z.object({
	id: z.int(),
	login: z.string().min(1).max(100),
	name: z.string().max(200).nullish(),
	avatar_url: z.string().max(2000).nullish()
});
const emailsSchema = z.array(
	z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() })
);
const membershipSchema = z.object({ state: z.string() });

/** GitHub answers in seconds, or not at all. */
const TIMEOUT_MS = 10_000;
const MAX_AVATAR_BYTES = 512 * 1024;

const unavailable = () =>
	new AuraError('unavailable', 'GitHub cannot be reached now. Sign in another way, or try again.');

export interface GithubClient {
	/** Where to send the browser, and what to remember until it comes back. */
	begin(redirectUri: string): { url: URL; state: string; verifier: string };
	/**
	 * Finishes a sign-in.
	 * @throws AuraError bad_request when GitHub does not know the code, forbidden outside ALLOWED_ORG, unavailable
	 */
	complete(code: string, verifier: string, redirectUri: string): Promise<GithubPerson>;
	/** @returns the picture; null when there is none that can be used */
	avatar(url: string): Promise<{ type: string; bytes: Uint8Array } | null>;
}

export function createGithubClient(config: GithubConfig): GithubClient {
	const { clientId, clientSecret, allowedOrg, url, apiUrl } = config;
	const scopes = ['read:user', 'user:email', ...(allowedOrg ? ['read:org'] : [])];
	const clientFor = (redirectUri: string) => new OAuth2Client(clientId, clientSecret, redirectUri);

	const ask = async (path: string, token: string): Promise<Response> => {
		const response = await fetch(`${apiUrl}${path}`, {
			headers: {
				Authorization: `Bearer ${token}`,
				Accept: 'application/vnd.github+json',
				'X-GitHub-Api-Version': '2022-11-28',
				'User-Agent': 'aura-pro'
			},
			redirect: 'error',
			signal: AbortSignal.timeout(TIMEOUT_MS)
		}).catch(() => {
			throw unavailable();
		});
		if (response.status >= 500) throw unavailable();
		return response;
	};
	const read = async <T>(schema: z.ZodType<T>, path: string, token: string): Promise<T> => {
		const response = await ask(path, token);
		if (!response.ok) throw unavailable();
		const parsed = schema.safeParse(await response.json().catch(() => null));
		if (!parsed.success) throw unavailable();
		return parsed.data;
	};

	const assertOrg = async (login: string, token: string) => {
		if (!allowedOrg) return;
		const refused = () =>
			new AuraError('forbidden', `${login} does not belong to ${allowedOrg} on GitHub.`);
		const path = `/user/memberships/orgs/${encodeURIComponent(allowedOrg)}`;
		const response = await ask(path, token);
		if (!response.ok) throw refused();
		const parsed = membershipSchema.safeParse(await response.json().catch(() => null));
		// an invitation that was not accepted yet is 'pending'
		if (parsed.data?.state !== 'active') throw refused();
	};

	/** Only GitHub's own servers are asked for pictures, whatever address an account names. */
	const isOfGithub = (address: string): boolean => {
		if (!URL.canParse(address)) return false;
		const { host, protocol, hostname } = new URL(address);
		const own = [url, apiUrl].map((each) => new URL(each).host);
		return (
			own.includes(host) || (protocol === 'https:' && hostname.endsWith('.githubusercontent.com'))
		);
	};

	return {
		begin(redirectUri) {
			const state = generateState();
			const verifier = generateCodeVerifier();
			const address = clientFor(redirectUri).createAuthorizationURLWithPKCE(
				`${url}/login/oauth/authorize`,
				state,
				CodeChallengeMethod.S256,
				verifier,
				scopes
			);
			return { url: address, state, verifier };
		},
		async complete(code, verifier, redirectUri) {
			const tokens = await clientFor(redirectUri)
				.validateAuthorizationCode(`${url}/login/oauth/access_token`, code, verifier)
				.catch((error: unknown) => {
					if (error instanceof ArcticFetchError) throw unavailable();
					if (error instanceof OAuth2RequestError) return null;
					throw unavailable();
				});
			// GitHub says 200 with an error inside when the code is wrong, expired or used
			const token =
				tokens && typeof (tokens.data as Record<string, unknown>)['access_token'] === 'string'
					? tokens.accessToken()
					: null;
			if (!token)
				throw new AuraError(
					'bad_request',
					'GitHub does not know this sign-in any more. Begin again.'
				);
			const user = await read(userSchema, '/user', token);
			await assertOrg(user.login, token);
			const emails = (await read(emailsSchema, '/user/emails', token))
				.filter(({ verified }) => verified)
				.sort((a, b) => Number(b.primary) - Number(a.primary))
				.map(({ email }) => email.toLowerCase());
			return {
				subject: String(user.id),
				login: user.login,
				name: user.name?.trim() || user.login,
				emails,
				avatarUrl: user.avatar_url ?? null,
				token
			};
		},
		async avatar(address) {
			if (!isOfGithub(address)) return null;
			const response = await fetch(address, {
				redirect: 'error',
				signal: AbortSignal.timeout(TIMEOUT_MS)
			}).catch(() => null);
			const size = Number(response?.headers.get('content-length') ?? NaN);
			if (!response?.ok || !(size <= MAX_AVATAR_BYTES)) return null;
			const bytes = new Uint8Array(await response.arrayBuffer().catch(() => new ArrayBuffer(0)));
			const type = pictureType(bytes);
			return type && bytes.length <= MAX_AVATAR_BYTES ? { type, bytes } : null;
		}
	};
}

/** What a picture's first bytes say that it is; null: none that is shown. */
function pictureType(bytes: Uint8Array): string | null {
	const starts = (...head: number[]) => head.every((byte, at) => bytes[at] === byte);
	if (starts(0xff, 0xd8, 0xff)) return 'image/jpeg';
	if (starts(0x89, 0x50, 0x4e, 0x47)) return 'image/png';
	const text = (from: number, to: number) => String.fromCharCode(...bytes.slice(from, to));
	return text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP' ? 'image/webp' : null;
}
