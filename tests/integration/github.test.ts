import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, cookieOf, sessionOf, setUp } from '../support/client.ts';
import { type FakeGithub, type FakePerson, fakeGithub } from '../support/github.ts';
import { type TestServer, SETUP_TOKEN, startTestServer } from '../support/server.ts';

let github: FakeGithub;
let server: TestServer;
let hana: Session;

const someone = (changes: Partial<FakePerson> = {}): FakePerson => ({
	id: Math.floor(Math.random() * 1e9),
	login: 'dawit',
	name: 'Dawit Bekele',
	emails: [{ email: 'dawit@example.com', primary: true, verified: true }],
	...changes
});

interface Trip {
	/** where the browser ends */
	location: string;
	cookie: string;
	status: number;
}
const follow = (url: string, cookie = '') =>
	fetch(url, { redirect: 'manual', headers: { cookie } });

/** Goes to GitHub and back, as a browser does. */
async function travel(at: TestServer, query = '', signedIn = ''): Promise<Trip> {
	const begun = await follow(`${at.url}/api/auth/github${query}`, signedIn);
	const consent = await follow(begun.headers.get('location')!);
	const waiting = `${signedIn}; ${cookieOf(begun)}`;
	const back = await follow(consent.headers.get('location')!, waiting);
	return {
		location: decodeURIComponent(back.headers.get('location') ?? ''),
		// what is cleared is not sent any more
		cookie: cookieOf(back)
			.split('; ')
			.filter((each) => !each.endsWith('='))
			.join('; '),
		status: back.status
	};
}
const me = async (at: TestServer, cookie: string) => {
	const response = await fetch(`${at.url}/api/auth/me`, { headers: { cookie } });
	return response.ok
		? ((await response.json()) as {
				user: { id: string; email: string; name: string; isSuperadmin: boolean };
				workspaces: { role: string; name: string }[];
			})
		: null;
};

beforeAll(async () => {
	github = await fakeGithub();
	server = await startTestServer({ github: github.config });
	hana = await setUp(server);
}, 60_000);
afterAll(async () => {
	await server.stop();
	await github.stop();
	expect(server.reports).toEqual([]);
});

describe('signing in with GitHub', () => {
	it('finds the account by its verified address, keeps the token sealed and the picture', async () => {
		const trip = await travel(server, '?to=/capture');
		expect(trip.location).toBe('/signin?arrived=1&to=/capture');
		expect((await me(server, trip.cookie))?.user.id).toBe(hana.userId);
		expect(github.asked?.get('scope')).toBe('read:user user:email');
		const [row] = await server.database.query<{ token: Uint8Array; login: string }>(
			`select token, login from oauth_accounts`
		);
		expect(row!.login).toBe('Hana-A');
		expect(Buffer.from(row!.token).includes(github.tokens.at(-1)!)).toBe(false);
		const picture = await fetch(`${server.url}/api/auth/avatar`, {
			headers: { cookie: trip.cookie }
		});
		expect(picture.headers.get('content-type')).toBe('image/png');
		const { sessions } = await hana.json<{ sessions: { method: string }[] }>(
			'GET',
			'/api/auth/sessions'
		);
		expect(sessions.map(({ method }) => method).sort()).toEqual(['github', 'password']);
	});
	it('knows the account by its number, whatever its name and address are now', async () => {
		github.person = someone({ id: 4242, login: 'hana-new', emails: [] });
		expect((await me(server, (await travel(server)).cookie))?.user.id).toBe(hana.userId);
	});
	it('makes nobody of an address that GitHub has not verified', async () => {
		github.person = someone({
			emails: [
				{ email: 'hana@example.com', primary: true, verified: false },
				{ email: 'other@example.com', primary: false, verified: true }
			]
		});
		const trip = await travel(server);
		expect(trip.location).toMatch(/^\/signin\?problem=Nobody here knows other@example.com/);
		expect(await me(server, trip.cookie)).toBeNull();
	});
	it('lets a new person in who holds an invitation', async () => {
		const { url } = await hana.json<{ url: string }>(
			'POST',
			`/api/workspaces/${hana.workspace}/invitations`,
			{ email: 'dawit@example.com', role: 'editor' }
		);
		const token = url.split('/').pop()!;
		github.person = someone();
		const without = await travel(server);
		expect(without.location).toMatch(/problem=Nobody here knows dawit/);
		const trip = await travel(server, `?to=/invitations/${token}&invitation=${token}`);
		expect(trip.location).toBe(`/signin?arrived=1&to=/invitations/${token}`);
		const accepted = await fetch(`${server.url}/api/invitations/${token}/accept`, {
			method: 'POST',
			headers: { cookie: trip.cookie, 'content-type': 'application/json' },
			body: '{}'
		});
		expect(accepted.status).toBe(200);
		expect(await me(server, trip.cookie)).toMatchObject({
			user: { email: 'dawit@example.com', name: 'Dawit Bekele', isSuperadmin: false },
			workspaces: [{ role: 'editor' }]
		});
	});
	it('connects to whoever is signed in, one account each', async () => {
		github.person = someone({ id: 77, login: 'second' });
		const taken = await travel(server, '?link=1', hana.cookie);
		expect(taken.location).toMatch(/^\/account\?problem=Another GitHub account is connected/);
		expect((await hana.request('DELETE', '/api/auth/accounts/github')).status).toBe(204);
		expect((await travel(server, '?link=1', hana.cookie)).location).toBe('/account');
		expect(await hana.json('GET', '/api/auth/accounts')).toMatchObject({
			github: { login: 'second' }
		});
		const other = await travel(server, '?link=1');
		expect(other.location).toMatch(/^\/account\?problem=Sign in first/);
	});
});

describe('somebody with bad intentions', () => {
	const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;
	it('cannot bring a state that this browser did not begin, or bring one twice', async () => {
		const begun = await follow(`${server.url}/api/auth/github`);
		const consent = await follow(begun.headers.get('location')!);
		const back = consent.headers.get('location')!;
		for (const cookie of [
			'',
			'aura_github=garbage',
			cookieOf(await follow(`${server.url}/api/auth/github`))
		]) {
			const response = await follow(back, cookie);
			expect(response.status).toBe(400);
			expect(await codeOf(response)).toBe('bad_request');
		}
		const first = await follow(back, cookieOf(begun));
		expect(first.status).toBe(303);
		const again = await follow(back, cookieOf(begun));
		expect(again.status).toBe(400);
	});
	it('cannot use a code with another verifier', async () => {
		const [mine, theirs] = [
			await follow(`${server.url}/api/auth/github`),
			await follow(`${server.url}/api/auth/github`)
		];
		const code = new URL(
			(await follow(theirs.headers.get('location')!)).headers.get('location')!
		).searchParams.get('code')!;
		const state = new URL(mine.headers.get('location')!).searchParams.get('state')!;
		const response = await follow(
			`${server.url}/api/auth/github/callback?code=${code}&state=${state}`,
			cookieOf(mine)
		);
		expect(response.status).toBe(400);
	});
	it('cannot be led to another site', async () => {
		for (const to of [
			'https://evil.example',
			'//evil.example',
			'/admin/../../x',
			'/\\evil',
			'/api/x'
		])
			expect(
				(await follow(`${server.url}/api/auth/github?to=${encodeURIComponent(to)}`)).status,
				to
			).toBe(400);
	});
	it('keeps no session from before the sign-in', async () => {
		github.person = someone({ id: 77 });
		const before = await travel(server);
		const after = await travel(server, '', before.cookie);
		expect(after.cookie).not.toContain(before.cookie);
		expect(await me(server, before.cookie)).toBeNull();
	});
});

describe('an empty installation', () => {
	it('is had by the first member of the organisation, and by nobody else', async () => {
		const org = await fakeGithub('abeba');
		const empty = await startTestServer({ github: org.config });
		try {
			for (const state of [undefined, 'pending']) {
				org.person = someone({ ...(state ? { org: state } : {}) });
				const trip = await travel(empty);
				expect(trip.location).toMatch(/problem=dawit does not belong to abeba/);
			}
			org.person = someone({ org: 'active', login: 'Dawit.B' });
			const first = await travel(empty);
			expect(org.asked?.get('scope')).toContain('read:org');
			expect(await me(empty, first.cookie)).toMatchObject({
				user: { isSuperadmin: true },
				workspaces: [{ role: 'owner', name: 'Dawit Bekele’s studio' }]
			});
			org.person = someone({
				org: 'active',
				emails: [{ email: 'sara@example.com', primary: true, verified: true }]
			});
			expect(await me(empty, (await travel(empty)).cookie)).toMatchObject({
				user: { isSuperadmin: false },
				workspaces: []
			});
			expect(empty.reports).toEqual([]);
		} finally {
			await empty.stop();
			await org.stop();
		}
	});
	it('needs the set-up link where there is no organisation', async () => {
		const open = await fakeGithub();
		const empty = await startTestServer({ github: open.config });
		try {
			expect((await travel(empty)).location).toMatch(/problem=This installation is empty/);
			expect((await travel(empty, '?setup=wrong')).location).toMatch(/is empty/);
			const trip = await travel(empty, `?setup=${SETUP_TOKEN}`);
			expect((await me(empty, trip.cookie))?.user.isSuperadmin).toBe(true);
		} finally {
			await empty.stop();
			await open.stop();
		}
	});
	it('offers nothing that it has not', async () => {
		const plain = await startTestServer();
		try {
			const methods = await fetch(`${plain.url}/api/auth/methods`);
			expect(await methods.json()).toEqual({ github: false });
			expect((await follow(`${plain.url}/api/auth/github`)).status).toBe(404);
		} finally {
			await plain.stop();
		}
	});
});

it('says so when GitHub cannot be reached', async () => {
	const gone = await fakeGithub();
	const away = await startTestServer({ github: gone.config });
	try {
		const begun = await follow(`${away.url}/api/auth/github`);
		const consent = await follow(begun.headers.get('location')!);
		await gone.stop();
		const back = await follow(consent.headers.get('location')!, cookieOf(begun));
		expect(decodeURIComponent(back.headers.get('location')!)).toMatch(/GitHub cannot be reached/);
		expect(sessionOf(away.url, cookieOf(back), '', '').cookie).not.toContain('aura_session=');
	} finally {
		await away.stop();
	}
});
