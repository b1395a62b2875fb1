import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { AuraError } from '#shared/errors.ts';
import type { AuraContext } from '../../http/context.ts';
import { limitsOn } from '../../http/limits.ts';
import { createGuests } from './guests.ts';
import { createSigner } from './signed.ts';

const signer = createSigner(Buffer.alloc(32, 1), () => 1_000);

/** A page of two events, whose guests come from an address of their choice. */
function makePage() {
	const guests = createGuests(limitsOn(null), signer, false);
	const app = new Hono<{ Variables: { address: string } }>();
	app.use(async (c, next) => {
		c.set('address', c.req.header('from') ?? '10.0.0.1');
		await next();
	});
	app.onError((error, c) => c.text('', error instanceof AuraError ? (error.status as 429) : 500));
	const context = (c: unknown) => c as AuraContext;
	app.get('/api/scan/:code', (c) => {
		guests.welcome(context(c), c.req.param('code'));
		return c.text('');
	});
	app.post('/api/scan/:code/:what', async (c) => {
		const { code, what } = c.req.param();
		if (what === 'nobody') return c.text(String(await guests.foundNobody(context(c), code)));
		await guests.search(context(c), code, what === 'more');
		return c.text('');
	});
	const cookieOf = async (code: string, cookie?: string) => {
		const answer = await app.request(`/api/scan/${code}`, cookie ? { headers: { cookie } } : {});
		return answer.headers.get('set-cookie');
	};
	const ask = async (path: string, headers: Record<string, string>) => {
		const answer = await app.request(`/api/scan/${path}`, { method: 'POST', headers });
		return answer.status === 200 ? (await answer.text()) || 200 : answer.status;
	};
	return { cookieOf, ask };
}
let next = 0;
/** Each from an address of its own: those have limits too. */
const elsewhere = () => ({ from: `10.1.0.${next++}` });

it('lets a guest search ten times an hour, and the next guest as often', async () => {
	const { cookieOf, ask } = makePage();
	const set = (await cookieOf('a'))!;
	expect(set).toMatch(/; Path=\/api\/scan\/a; HttpOnly; SameSite=Lax/);
	const cookie = set.split(';')[0]!;
	// who is known stays who they are
	expect(await cookieOf('a', cookie)).toBeNull();
	for (let n = 0; n < 10; n++) expect(await ask('a/search', { cookie, ...elsewhere() })).toBe(200);
	expect(await ask('a/search', { cookie, ...elsewhere() })).toBe(429);
	// more like these is another thing
	expect(await ask('a/more', { cookie, ...elsewhere() })).toBe(200);
	const another = (await cookieOf('a'))!.split(';')[0]!;
	expect(await ask('a/search', { cookie: another, ...elsewhere() })).toBe(200);
});

it('knows a guest on one page only, and believes no forged one', async () => {
	const { cookieOf, ask } = makePage();
	const cookie = (await cookieOf('a'))!.split(';')[0]!;
	expect(await cookieOf('b', cookie)).not.toBeNull();
	for (const bad of ['aura_guest=x', 'aura_guest=x.y', `${cookie}x`, 'aura_guest=.']) {
		expect(await cookieOf('a', bad)).not.toBeNull();
		expect(await ask('a/search', { cookie: bad })).toBe(200);
	}
});

it('gives an address sixty searches a minute, and those who keep no cookie sixty an hour', async () => {
	const { cookieOf, ask } = makePage();
	const answers: unknown[] = [];
	for (let n = 0; n < 61; n++) {
		const cookie = (await cookieOf('a'))!.split(';')[0]!;
		answers.push(await ask('a/search', { cookie }));
	}
	expect([answers.indexOf(429), answers.lastIndexOf(200)]).toEqual([60, 59]);
	const others: unknown[] = [];
	for (let n = 0; n < 61; n++) others.push(await ask('b/search', {}));
	expect(others.indexOf(429)).toBe(60);
});

it('says once that an address finds nobody again and again, and stops it in the end', async () => {
	const { ask } = makePage();
	const said: unknown[] = [];
	for (let n = 0; n < 130; n++) said.push(await ask('a/nobody', {}));
	expect(said.slice(0, 40).every((each) => each === 'false')).toBe(true);
	expect(said.filter((each) => each === 'true')).toHaveLength(1);
	expect(said[40]).toBe('true');
	expect(said.indexOf(429)).toBe(120);
	expect(await ask('a/nobody', { from: '10.9.9.9' })).toBe('false');
});
