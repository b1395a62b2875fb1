// Every endpoint of the contract, asked by everybody: nobody, each role, another studio's owner; in a workspace that
// is open, suspended or deleted; with another studio's ids. What is expected comes from the permission table.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Endpoint } from '#shared/api/endpoint.ts';
import { type EndpointKey, endpoints } from '#shared/api/endpoints.ts';
import { type Role, can, roles } from '#shared/permissions.ts';
import { keyScopes, roleOfScope } from '#shared/api-keys.ts';
import { type Session, makeEvent, setUp } from '../support/client.ts';
import { addPerson, otherStudio } from '../support/people.ts';
import { type TestServer, startTestServer } from '../support/server.ts';
import { type May, cases, place } from './matrix-cases.ts';

const all = Object.entries(endpoints) as [EndpointKey, Endpoint][];
const ofWorkspaces = all.filter(([, { access }]) => access === 'member').map(([key]) => key);

let server: TestServer;
let hana: Session;
let stranger: Session;
let event: string;
let unassigned: Session;
let foreignEvent: string;
const people = new Map<Role, Session>();
const keys = new Map<Role, string>();

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	for (const role of roles) people.set(role, await addPerson(server, hana.workspace, role));
	stranger = await otherStudio(server);
	event = place.event = await makeEvent(hana);
	await hana.request('POST', `/api/workspaces/${hana.workspace}/assignments`, {
		assign: [{ project: event, user: people.get('photographer')!.userId }]
	});
	unassigned = await addPerson(server, hana.workspace, 'photographer');
	for (const scope of keyScopes) {
		const { secret } = await hana.json<{ secret: string }>(
			'POST',
			`/api/workspaces/${hana.workspace}/api-keys`,
			{ name: scope, scope }
		);
		keys.set(roleOfScope[scope], secret);
	}
	foreignEvent = await makeEvent(stranger);
}, 60_000);
afterAll(() => server.stop());

const nobody = '11111111-1111-4111-8111-111111111111';
const ask = (
	key: EndpointKey,
	who: Session | null,
	given: { workspace?: string; event?: string; key?: string } = {}
): Promise<Response> => {
	const [method, path] = key.split(' ') as [string, string];
	const params: Record<string, string> = {
		workspace: given.workspace ?? hana.workspace,
		event: given.event ?? event,
		user: nobody,
		invitation: nobody,
		photo: 'a'.repeat(32),
		kind: 'thumb',
		format: 'csv',
		token: 'x'.repeat(43),
		code: 'x'.repeat(22),
		session: 'x',
		key: nobody,
		project: nobody,
		team: nobody,
		station: nobody,
		cost: nobody,
		passkey: 'x'
	};
	const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name]!);
	const body = cases[key].body?.();
	return fetch(`${server.url}${filled}${cases[key].query ?? ''}`, {
		method,
		headers: {
			...(who ? { cookie: who.cookie } : {}),
			...(given.key ? { authorization: `Bearer ${given.key}` } : {}),
			...(body === undefined || body instanceof Uint8Array
				? {}
				: { 'content-type': 'application/json' })
		},
		...(body === undefined
			? {}
			: { body: body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body) })
	});
};
const codeOf = async (response: Response) =>
	response.status < 400 ? null : ((await response.json()) as { code: string }).code;
/** What no key does, whatever its scope: a key that made keys would outlive its own end. */
const notByKeys: EndpointKey[] = [
	'POST /api/workspaces/{workspace}/api-keys',
	'POST /api/workspaces/{workspace}/api-keys/{key}/rotate',
	'DELETE /api/workspaces/{workspace}/api-keys/{key}'
];
const mayDo = (role: Role, may: May | undefined) =>
	may === 'member' || (may !== undefined && can(role, ...may));

describe('nobody', () => {
	it.each(all.filter(([, { access }]) => access !== 'public').map(([key]) => key))(
		'%s',
		async (key) => {
			const response = await ask(key, null);
			expect(response.status).toBe(401);
			expect(await codeOf(response)).toBe('unauthenticated');
		}
	);
	it('is asked for by the contract, but where guests and people at the door are', () => {
		const open = all.filter(([, { access }]) => access === 'public').map(([key]) => key);
		const doors =
			/^\w+ \/api\/(health|setup|auth\/(login|passkeys\/login|password-resets|methods|github|keys|stations\/\{station\}\/unlock)|invitations\/|scan\/)/;
		expect(open.filter((key) => !doors.test(key))).toEqual([]);
	});
});

describe('each role', () => {
	it.each(ofWorkspaces)('%s', async (key) => {
		const { may } = cases[key];
		for (const [role, person] of people) {
			const response = await ask(key, person);
			const code = await codeOf(response);
			if (mayDo(role, may)) {
				expect(code, role).not.toBe('forbidden');
				expect(response.status, role).toBeLessThan(500);
			} else expect(code, role).toBe('forbidden');
		}
	});
});

describe('a photographer who is not assigned', () => {
	it.each(ofWorkspaces.filter((key) => key.includes('{event}')))(
		'finds no event: %s',
		async (key) => {
			const code = await codeOf(await ask(key, unassigned));
			expect(code).toBe(mayDo('photographer', cases[key].may) ? 'not_found' : 'forbidden');
		}
	);
});

describe('a key of each scope', () => {
	it.each(ofWorkspaces)('%s', async (key) => {
		for (const [role, secret] of keys) {
			const code = await codeOf(await ask(key, null, { key: secret }));
			if (notByKeys.includes(key)) expect(code, role).toBe('forbidden');
			else if (mayDo(role, cases[key].may)) expect(code, role).not.toBe('forbidden');
			// a key is no member: what members do to each other is not there for it
			else expect(['forbidden', 'not_found'], role).toContain(code);
			expect(
				await codeOf(await ask(key, null, { key: secret, workspace: stranger.workspace }))
			).toBe('not_found');
		}
	});
	it.each(all.filter(([, { access }]) => access === 'session' || access === 'superadmin'))(
		'is nobody outside of its workspace: %s',
		async (key) => {
			for (const secret of keys.values())
				expect((await ask(key, null, { key: secret })).status).toBe(401);
		}
	);
});

describe('another studio', () => {
	it.each(ofWorkspaces)('looks like none: %s', async (key) => {
		const [foreign, missing] = [
			await ask(key, stranger),
			await ask(key, stranger, { workspace: nobody })
		];
		expect(foreign.status).toBe(404);
		const [a, b] = [
			(await foreign.json()) as { detail: string },
			(await missing.json()) as { detail: string }
		];
		expect(a.detail).toBe(b.detail);
	});
	it.each(ofWorkspaces.filter((key) => key.includes('{event}')))(
		'lends no ids: %s',
		async (key) => {
			const response = await ask(key, hana, { event: foreignEvent });
			expect(response.status).toBe(404);
		}
	);
});

describe('the platform', () => {
	it.each(all.filter(([, { access }]) => access === 'superadmin').map(([key]) => key))(
		'is run by superadmins alone: %s',
		async (key) => {
			for (const [role, person] of people)
				expect(await codeOf(await ask(key, person)), role).toBe('forbidden');
			const { status } = await ask(key, hana);
			// there is no model of that name, which superadmins alone are told
			if (key.includes('{model}')) expect(status).toBe(404);
			else expect(status).toBeLessThan(300);
		}
	);
});

describe('a workspace that is closed', () => {
	const setStatus = (status: string) =>
		server.database.query(`update workspaces set status = $2 where id = $1`, [
			hana.workspace,
			status
		]);
	const owner = () => people.get('owner')!;
	const withStatus = async (status: string, run: () => Promise<void>) => {
		await setStatus(status);
		try {
			await run();
		} finally {
			await setStatus('active');
		}
	};
	it.each(ofWorkspaces)('says that it is suspended: %s', async (key) => {
		await withStatus('suspended', async () => {
			expect(await codeOf(await ask(key, owner()))).toBe('suspended');
		});
	});
	it.each(ofWorkspaces.filter((key) => !(endpoints[key] as Endpoint).evenClosed))(
		'is not there when deleted: %s',
		async (key) => {
			await withStatus('deleted', async () => {
				expect(await codeOf(await ask(key, owner()))).toBe('not_found');
			});
		}
	);
	it.each(
		ofWorkspaces.filter((key) => !key.startsWith('GET') && !(endpoints[key] as Endpoint).evenClosed)
	)('is not changed when archived: %s', async (key) => {
		await withStatus('archived', async () => {
			expect(await codeOf(await ask(key, owner()))).toBe('archived');
		});
	});
});

it('reported no unexpected failure', () => {
	expect(server.reports).toEqual([]);
});
