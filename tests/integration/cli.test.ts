// npx aura, as a process of its own, on an installation of its own.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aura as runAura, auraJson } from '../support/aura.ts';
import { setUp } from '../support/client.ts';
import { serverProcess } from '../support/server.ts';

let server: Awaited<ReturnType<typeof serverProcess>>;
let env: NodeJS.ProcessEnv;

const aura = (args: string[], input = '', more: NodeJS.ProcessEnv = {}) =>
	runAura({ ...env, ...more }, args, input);
const json = <T>(...args: string[]): Promise<T> => auraJson<T>(env, ...args);

beforeAll(async () => {
	server = await serverProcess();
	await setUp(server);
	await server.stop();
	env = server.env;
}, 60_000);
afterAll(() => server.remove());

describe('the command line', () => {
	it('teaches its use, and says wrong use with its own code', async () => {
		const help = await aura(['--help']);
		expect(help).toMatchObject({ code: 0 });
		expect(help.out).toContain('aura member list studio-abeba --json');
		expect((await aura(['workspace', 'paint'])).code).toBe(2);
		expect((await aura(['member', 'list', 'nowhere'])).code).toBe(3);
		expect((await aura(['check-permission', 'editor', 'publish', 'gallery'])).code).toBe(0);
		expect((await aura(['check-permission', 'viewer', 'delete', 'photo'])).code).toBe(4);
		expect((await aura(['check-permission', 'king', 'delete', 'photo'])).code).toBe(2);
	}, 60_000);

	it('makes workspaces and brings people in', async () => {
		const made = await json<{ slug: string }>(
			...['workspace', 'create', 'Second Studio', 'second', '--owner', 'hana@example.com']
		);
		expect(made.slug).toBe('second');
		const again = await aura([
			'workspace',
			'create',
			'Third',
			'second',
			'--owner',
			'hana@example.com'
		]);
		expect(again.code).toBe(4);
		const sent = await json<{ url: string; mail: string }>(
			...['invitation', 'create', 'second', 'selam@example.com', 'editor']
		);
		expect(sent).toMatchObject({ mail: 'file' });
		await server.start();
		const accepted = await fetch(
			`${server.url}/api/invitations/${sent.url.split('/').pop()!}/accept`,
			{
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ name: 'Selam', password: 'a long password' })
			}
		);
		expect(accepted.status).toBe(200);
		await server.stop();
		expect(await json('member', 'list', 'second')).toMatchObject([
			{ email: 'hana@example.com', role: 'owner' },
			{ email: 'selam@example.com', role: 'editor' }
		]);
	}, 60_000);

	it('changes roles by the same rules as everybody', async () => {
		expect(
			(await aura(['member', 'update-role', 'second', 'selam@example.com', 'admin'])).code
		).toBe(0);
		expect((await aura(['member', 'remove', 'second', 'hana@example.com'])).code).toBe(4);
		expect((await aura(['member', 'transfer-ownership', 'second', 'selam@example.com'])).code).toBe(
			0
		);
		expect(await json('member', 'list', 'second')).toMatchObject([
			{ email: 'hana@example.com', role: 'admin' },
			{ email: 'selam@example.com', role: 'owner' }
		]);
		expect((await aura(['member', 'remove', 'second', 'hana@example.com'])).code).toBe(0);
	}, 60_000);

	it('makes keys for programs', async () => {
		const made = await json<{ id: string; secret: string }>(
			...['api-key', 'create', 'second', 'Agent', 'import', '--days', '30']
		);
		expect(made.secret).toMatch(/^aura_/);
		expect((await aura(['api-key', 'create', 'second', 'Agent', 'rule'])).code).toBe(2);
		expect(await json('api-key', 'list', 'second')).toMatchObject([
			{ id: made.id, name: 'Agent', scope: 'import' }
		]);
		expect((await aura(['api-key', 'revoke', 'second', made.id])).code).toBe(0);
		expect((await aura(['api-key', 'revoke', 'second', made.id])).code).toBe(3);
	}, 60_000);

	it('suspends, activates and deletes', async () => {
		expect((await aura(['workspace', 'suspend', 'second'])).code).toBe(2);
		expect((await aura(['workspace', 'suspend', 'second', '--reason', 'bill'])).code).toBe(0);
		expect(await json('workspace', 'show', 'second')).toMatchObject({
			status: 'suspended',
			statusReason: 'bill'
		});
		expect((await aura(['workspace', 'activate', 'second'])).code).toBe(0);
		expect(await json('workspace', 'stats', 'second')).toMatchObject({ photos: 0, bytes: 0 });
		expect((await aura(['workspace', 'delete', 'second', '--name', 'wrong'])).code).toBe(2);
		const gone = await aura(['workspace', 'delete', 'second', '--name', 'Second Studio', '--now']);
		expect(gone.code).toBe(0);
		expect((await aura(['workspace', 'show', 'second'])).code).toBe(3);
	}, 60_000);

	it('keeps accounts', async () => {
		expect((await aura(['user', 'reset-password', 'selam@example.com'], 'short\n')).code).toBe(2);
		const reset = await aura(['user', 'reset-password', 'selam@example.com'], 'a newer password\n');
		expect(reset.code).toBe(0);
		expect((await aura(['user', 'set-superadmin', 'selam@example.com', 'yes'])).code).toBe(0);
		const made = ['user', 'create', 'liya@example.com', 'Liya'];
		expect((await aura(made, 'short\n')).code).toBe(2);
		expect((await aura(made, 'a long password\n')).code).toBe(0);
		expect((await aura(made, 'a long password\n')).code).toBe(4);
		expect(await json('user', 'list')).toMatchObject([
			{ email: 'hana@example.com', superadmin: true },
			{ email: 'liya@example.com', name: 'Liya', superadmin: false },
			{ email: 'selam@example.com', superadmin: true }
		]);
		await server.start();
		const login = await fetch(`${server.url}/api/auth/login`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ email: 'selam@example.com', password: 'a newer password' })
		});
		expect(login.status).toBe(200);
	}, 60_000);

	it('does not touch an embedded database that a server has open, and says so', async () => {
		if (env['DATABASE_URL']) return; // Postgres is many processes' at a time
		const busy = await aura(['member', 'list', 'studio-abeba']);
		expect(busy.code).toBe(1);
		expect(busy.error).toContain('in use by process');
	}, 60_000);

	it('makes, moves and trashes projects in the document that devices have', async () => {
		await server.stop();
		interface Row {
			id: string;
			name: string;
			parent: string | null;
			status: string;
		}
		const folder = await json<Row>(
			...['project', 'create', 'studio-abeba', 'Weddings', '--type', 'folder']
		);
		const event = await json<Row>(
			...[
				'project',
				'create',
				'studio-abeba',
				'Sara',
				'--date',
				'2026-02-14',
				'--parent',
				folder.id
			]
		);
		expect(event.parent).toBe(folder.id);
		await json('project', 'update', 'studio-abeba', event.id, '--parent', 'none');
		const list = await json<Row[]>('project', 'list', 'studio-abeba', '--parent', 'none');
		expect(list.map(({ name }) => name).sort()).toEqual(['Sara', 'Weddings']);
		await json('project', 'trash', 'studio-abeba', event.id);
		expect(await json('project', 'list', 'studio-abeba', '--type', 'event')).toEqual([]);
		await json('project', 'restore', 'studio-abeba', event.id);
		const wrong = ['project', 'update', 'studio-abeba', folder.id, '--parent', event.id];
		expect((await aura(wrong)).code).toBe(2);
		expect(await aura(['projects-verify'])).toMatchObject({ code: 2 });
		expect((await aura(['projections', 'verify'])).out).toContain('what the documents say');
	}, 120_000);

	it('asks a running server with a key, within its scope', async () => {
		const { secret } = await json<{ secret: string }>(
			...['api-key', 'create', 'studio-abeba', 'Script', 'edit']
		);
		const { secret: manager } = await json<{ secret: string }>(
			...['api-key', 'create', 'studio-abeba', 'Manager', 'manage']
		);
		await json('member', 'add', 'studio-abeba', 'liya@example.com', 'viewer');
		const { secret: reader } = await json<{ secret: string }>(
			...['api-key', 'create', 'studio-abeba', 'Reader', 'read']
		);
		await server.start();
		try {
			const over = (key: string, ...args: string[]) =>
				aura([...args, '--url', server.url, '--json'], '', { AURA_API_KEY: key });
			const made = await over(secret, 'project', 'create', 'studio-abeba', 'From afar');
			expect(made.error).toBe('');
			expect(JSON.parse(made.out)).toMatchObject({ name: 'From afar', type: 'event' });
			expect((await over(reader, 'project', 'list', 'studio-abeba')).out).toContain('From afar');
			expect(await over(reader, 'project', 'create', 'studio-abeba', 'x')).toMatchObject({
				code: 4
			});
			expect(
				JSON.parse((await over(secret, 'workspace', 'stats', 'studio-abeba')).out)
			).toMatchObject({
				bytes: 0
			});
			expect((await over('aura_wrong', 'project', 'list', 'studio-abeba')).code).toBe(1);
			expect((await over('', 'project', 'list', 'studio-abeba')).error).toContain('AURA_API_KEY');
			expect((await over(secret, 'user', 'list')).code).toBe(2);
			// a key that manages runs the studio from outside, but makes no owners and no keys
			const people = async (...args: string[]) => over(manager, ...args);
			const invited = await people(
				'invitation',
				'create',
				'studio-abeba',
				'x@example.com',
				'viewer'
			);
			const { id } = JSON.parse(invited.out) as { id: string };
			expect((await people('invitation', 'list', 'studio-abeba')).out).toContain('x@example.com');
			expect((await people('invitation', 'revoke', 'studio-abeba', id)).code).toBe(0);
			expect((await people('api-key', 'list', 'studio-abeba')).out).toContain('Manager');
			const promote = ['member', 'update-role', 'studio-abeba', 'liya@example.com'];
			expect((await people(...promote, 'editor')).code).toBe(0);
			expect((await people('member', 'list', 'studio-abeba')).out).toContain('"editor"');
			expect((await people(...promote, 'owner')).code).toBe(4);
			expect(
				(await people('member', 'transfer-ownership', 'studio-abeba', 'liya@example.com')).code
			).toBe(4);
			expect((await over(reader, ...promote, 'viewer')).code).toBe(4);
			expect((await people('member', 'remove', 'studio-abeba', 'liya@example.com')).code).toBe(0);
			expect((await people('member', 'remove', 'studio-abeba', 'liya@example.com')).code).toBe(3);
		} finally {
			await server.stop();
		}
	}, 120_000);

	it('completes in the shell', async () => {
		expect((await aura(['complete', 'bash'])).out).toContain('aura');
		const suggested = await aura(['complete', '--', 'workspace', '']);
		expect(suggested.out).toContain('activate');
	}, 60_000);
});
