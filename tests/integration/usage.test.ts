import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cost, Stats, Workspace, WorkspaceNumbers } from '#shared/usage.ts';
import { limitsOn } from '../../server/http/limits.ts';
import { type Session, makeEvent, setUp } from '../support/client.ts';
import { addPerson, otherStudio } from '../support/people.ts';
import { type TestServer, startTestServer } from '../support/server.ts';
import { frameOf, hashOf, offerBody, offerOf, putFrames } from '../support/upload.ts';

let server: TestServer;
let hana: Session;
let base: string;
let event: string;

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	base = `/api/workspaces/${hana.workspace}`;
	event = await makeEvent(hana);
}, 60_000);
afterAll(async () => {
	await server.stop();
	expect(server.reports).toEqual([]);
});

/** A made-up JPEG of so many bytes, offered as the original of a photo and sent. */
async function send(size: number): Promise<Response> {
	const bytes = new Uint8Array(randomBytes(size));
	bytes.set([0xff, 0xd8, 0xff, 0xe0]);
	const content = { event, photo: hashOf(bytes).slice(0, 32), kind: 'original' as const, bytes };
	const { chunks: _, ...file } = await offerOf(content);
	const offered = await hana.request('POST', `${base}/uploads/offer`, offerBody(file));
	if (!offered.ok) return offered;
	const header = { sha256: hashOf(bytes), index: 0, offset: 0, length: size };
	expect((await putFrames(hana, frameOf(header, bytes))).status).toBe(200);
	return hana.request('POST', `${base}/uploads/commit`, { files: [file] });
}
const offerOnly = (sha256: string, size: number) =>
	hana.request(
		'POST',
		`${base}/uploads/offer`,
		offerBody({ event, photo: sha256.slice(0, 32), kind: 'original', sha256, size })
	);
const setPlan = (body: object) =>
	hana.request('PUT', `/api/platform/workspaces/${hana.workspace}/plan`, body);
const stats = (query = '') => hana.json<Stats>('GET', `${base}/stats${query}`);

describe('a quota', () => {
	it('refuses what does not fit any more, and takes it when there is room', async () => {
		expect((await send(40_000)).status).toBe(200);
		expect((await setPlan({ plan: 'pro', quotaBytes: 90_000 })).status).toBe(204);
		expect((await send(40_000)).status).toBe(200);
		const refused = await send(40_000);
		expect(refused.status).toBe(413);
		expect(await refused.json()).toMatchObject({ code: 'over_quota', left: 10_000, quota: 90_000 });
		await setPlan({ plan: 'pro', quotaBytes: 200_000 });
		expect((await send(40_000)).status).toBe(200);
		expect(await stats()).toMatchObject({ bytes: 120_000, quotaBytes: 200_000, assets: 3 });
	});
	it('counts what was offered and is on its way', async () => {
		await setPlan({ plan: 'pro', quotaBytes: 220_000 });
		expect((await offerOnly('1'.repeat(64), 60_000)).status).toBe(200);
		// the same file again takes no further room
		expect((await offerOnly('1'.repeat(64), 60_000)).status).toBe(200);
		expect(await (await offerOnly('2'.repeat(64), 60_000)).json()).toMatchObject({ left: 40_000 });
		const many = await Promise.all(
			Array.from({ length: 8 }, (_, n) => offerOnly(`${n}3`.repeat(32), 15_000))
		);
		expect(many.filter(({ ok }) => ok).length).toBe(2);
	});
	it('is set by the platform only, and noted', async () => {
		const admin = await addPerson(server, hana.workspace, 'admin');
		const wish = { plan: 'free', quotaBytes: null };
		const path = `/api/platform/workspaces/${hana.workspace}/plan`;
		expect((await admin.request('PUT', path, wish)).status).toBe(403);
		expect((await setPlan({ plan: 'gold', quotaBytes: null })).status).toBe(422);
		expect((await setPlan({ plan: 'free', quotaBytes: -1 })).status).toBe(422);
		expect((await setPlan(wish)).status).toBe(204);
		expect(await hana.json<Workspace>('GET', base)).toMatchObject(wish);
		const { entries } = await hana.json<{ entries: { action: string; after: unknown }[] }>(
			'GET',
			`${base}/audit?kind=workspace`
		);
		expect(entries[0]).toMatchObject({ action: 'workspace.plan', after: wish });
	});
});

describe('costs and settings', () => {
	it('are noted, summed by month, taken back, seen by whom they concern', async () => {
		const today = new Date().toISOString().slice(0, 10);
		const note = (body: object) => hana.request('POST', `${base}/costs`, body);
		expect(
			(await note({ day: today, usd: 12.5, what: '10 GB of data', project: event })).status
		).toBe(201);
		expect((await note({ day: '2020-01-01', usd: 99, what: 'Long ago' })).status).toBe(201);
		for (const body of [
			{ day: today, usd: -1, what: 'x' },
			{ day: today, usd: 0.001, what: 'x' },
			{ day: '2026-02-30', usd: 1, what: 'x' },
			{ day: today, usd: 1, what: ' ' }
		])
			expect((await note(body)).status).toBe(422);
		expect((await note({ day: today, usd: 1, what: 'x', project: hana.userId })).status).toBe(404);
		await hana.json('PUT', base, { budgetUsd: 100, settings: { currency: 'ETB', rooms: 3 } });
		expect(await hana.json<Workspace>('GET', base)).toMatchObject({
			name: 'Studio Abeba',
			budgetUsd: 100,
			settings: { currency: 'ETB', rooms: 3 }
		});
		for (const role of ['editor', 'photographer', 'viewer'] as const) {
			const person = await addPerson(server, hana.workspace, role);
			expect(await person.json<Workspace>('GET', base)).toMatchObject({
				name: 'Studio Abeba',
				budgetUsd: null,
				settings: {}
			});
			await hana.request('DELETE', `${base}/members/${person.userId}`);
		}
		const { days, ...now } = await stats('?days=7');
		expect(now).toMatchObject({ spentUsd: 12.5, budgetUsd: 100, events: 1, members: 2 });
		expect(days).toHaveLength(7);
		expect(days[6]).toMatchObject({ usd: 12.5, bytes: 120_000 });
		const viewer = await addPerson(server, hana.workspace, 'viewer');
		expect((await viewer.request('GET', `${base}/costs`)).status).toBe(403);
		const { costs } = await hana.json<{ costs: Cost[] }>('GET', `${base}/costs`);
		expect(costs.map(({ what }) => what)).toEqual(['10 GB of data', 'Long ago']);
		expect((await hana.request('DELETE', `${base}/costs/${costs[0]!.id}`)).status).toBe(204);
		expect((await stats()).spentUsd).toBe(0);
		expect((await hana.request('DELETE', `${base}/costs/${costs[0]!.id}`)).status).toBe(404);
	});
	it('refuse addresses that are kept or do not look like one', async () => {
		for (const slug of ['admin', 'superadmin', 'xn--studio', 'stud\u0456o', 'Studio', '-a', 'a b'])
			expect((await hana.request('PUT', base, { slug })).status, slug).toBe(422);
	});
});

describe('the numbers of my workspaces', () => {
	const numbers = async (who: Session) =>
		(await who.json<{ workspaces: WorkspaceNumbers[] }>('GET', '/api/workspaces/numbers'))
			.workspaces;
	it('are whole for whoever sees usage, and only their own for photographers', async () => {
		expect(await numbers(hana)).toEqual([
			{
				id: hana.workspace,
				events: 1,
				photos: 0,
				bytes: 120_000,
				quotaBytes: null,
				spentUsd: 0,
				budgetUsd: 100
			}
		]);
		const dawit = await addPerson(server, hana.workspace, 'photographer');
		const none = { bytes: null, quotaBytes: null, spentUsd: null, budgetUsd: null };
		expect(await numbers(dawit)).toEqual([{ id: hana.workspace, events: 0, photos: 0, ...none }]);
		await hana.request('POST', `${base}/assignments`, {
			assign: [{ project: event, user: dawit.userId }]
		});
		expect(await numbers(dawit)).toMatchObject([{ events: 1 }]);
		const stranger = await otherStudio(server);
		expect((await numbers(stranger)).map(({ id }) => id)).toEqual([stranger.workspace]);
	});
});

describe('limits', () => {
	it('are said in standard headers, and stop whoever runs away', async () => {
		const small = await startTestServer({
			rateLimits: { person: 20, workspace: 0, address: 1_000 }
		});
		try {
			const person = await setUp(small);
			const ask = () => person.request('GET', '/api/auth/me');
			const first = await ask();
			expect(first.headers.get('ratelimit-limit')).toBe('20');
			expect(first.headers.get('ratelimit-remaining')).toBe('19');
			for (let at = 0; at < 19; at++) expect((await ask()).status).toBe(200);
			const stopped = await ask();
			expect(stopped.status).toBe(429);
			expect(Number(stopped.headers.get('retry-after'))).toBeGreaterThan(0);
			expect((await fetch(`${small.url}/api/health`)).status).toBe(200);
		} finally {
			await small.stop();
		}
	});
	it('are counted together by processes on one database', async () => {
		const rule = { name: randomBytes(6).toString('hex'), points: 3, seconds: 60, isGrowing: true };
		const [one, two] = [limitsOn(server.database)(rule), limitsOn(server.database)(rule)];
		for (const limit of [one, two, one]) await limit.take('a');
		await expect(two.take('a')).rejects.toMatchObject({ code: 'too_many_requests' });
		await expect(one.take('a')).rejects.toMatchObject({ code: 'too_many_requests' });
		await one.take('b');
		await two.reset('a');
		await one.take('a');
	});
	it('are counted together in Redis, and go on in memory when it is gone', async () => {
		const redisUrl = process.env['TEST_REDIS_URL'];
		if (!redisUrl) return; // the embedded edition has one process
		const [one, two] = [await startTestServer({ redisUrl }), await startTestServer({ redisUrl })];
		try {
			const login = (at: TestServer, email: string) =>
				fetch(`${at.url}/api/auth/login`, {
					method: 'POST',
					headers: { 'content-type': 'application/json' },
					body: JSON.stringify({ email, password: 'wrong' })
				}).then(({ status }) => status);
			const email = `${randomBytes(6).toString('hex')}@example.com`;
			for (let at = 0; at < 20; at++) expect(await login(at % 2 ? one : two, email)).toBe(401);
			expect(await login(one, email)).toBe(429);
			expect(await login(two, email)).toBe(429);
			expect([...one.reports, ...two.reports]).toEqual([]);
		} finally {
			await one.stop();
			await two.stop();
		}
		const wrong = startTestServer({ redisUrl: 'redis://127.0.0.1:1' });
		await expect(wrong).rejects.toThrow(/REDIS_URL: 127.0.0.1:1 cannot be reached/);
	});
});
