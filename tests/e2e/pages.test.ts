import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cropFace } from '../support/camera.ts';
import { openStockClient, until } from '../support/client.ts';
import { guestFace, openPhone } from '../support/guest.ts';
import { type Place, placesOf, violationsOf } from '../support/pages.ts';
import { root, samplePhoto } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import { createEvent, firstPage, isSaved, photoCountOf, setUpStudio } from '../support/studio.ts';

/** In CI each theme and each width once, and no pictures. */
const isBrief = Boolean(process.env['CI']);
const shots = join(root, 'tests/.artifacts/screens');

let server: ServerProcess;
let folder: string;
let browser: Browser;
let studio: BrowserContext;
let places: { studio: Place[]; guest: Place[] };

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'aura-pages-'));
	mkdirSync(shots, { recursive: true });
	server = await serverProcess();
	browser = await openPhone(folder);
	studio = await browser.newContext({ reducedMotion: 'reduce' });
	const page = await firstPage(studio);
	await setUpStudio(page, server.url);
	await createEvent(page, 'ኢሬቻ · Irreechaa at the lake, with a long name');
	await page.goto(`${server.url}/admin`);
	const event = await createEvent(page, 'Timket 2026');
	await page
		.getByLabel('Import photos')
		.setInputFiles(([1, 2, 3, 4, 5, 6] as const).map(samplePhoto));
	await until('the photos', async () => (await photoCountOf(page)) === 6, 60_000);
	await until('saved', () => isSaved(page), 60_000);
	await page.getByRole('button', { name: 'Publish to guests' }).click();
	const guestUrl = (await page.getByTestId('guest-link').getAttribute('href'))!;
	const face = join(folder, 'me.jpg');
	writeFileSync(face, await cropFace(guestFace));
	await page.goto(`${server.url}/admin/team`);
	await page.getByRole('button', { name: 'Invite people' }).click();
	await page.getByLabel('E-mail addresses').fill('selam@example.com');
	await page.getByRole('button', { name: 'Send the invitation' }).click();
	const invitation = await page.getByLabel('Invitation link').inputValue();
	await page.evaluate(async () => {
		const send = async <T>(path: string, body?: object): Promise<T> => {
			const response = await fetch(path, {
				method: body ? 'POST' : 'GET',
				...(body ? { body: JSON.stringify(body) } : {}),
				headers: { 'content-type': 'application/json' }
			});
			return (await response.json().catch(() => ({}))) as T;
		};
		const { user, workspaces } = await send<{
			user: { id: string };
			workspaces: { id: string }[];
		}>('/api/auth/me');
		const base = `/api/workspaces/${workspaces[0]!.id}`;
		const team = await send<{ id: string }>(`${base}/teams`, {
			name: 'Second shooters',
			members: [user.id]
		});
		const season = await send<{ id: string }>(`${base}/projects`, {
			type: 'series',
			name: 'Season 2025',
			date: '2025-09-11',
			endDate: '2026-09-10'
		});
		const weddings = await send<{ id: string }>(`${base}/projects`, {
			type: 'folder',
			name: 'Weddings',
			parent: season.id
		});
		for (const [name, date] of [
			['Sara and Abel', '2025-11-15'],
			['Liya and Dawit', '2025-12-06']
		])
			await send(`${base}/projects`, { name, date, parent: weddings.id });
		await send(`${base}/projects`, { type: 'brand', name: 'Ethio Coffee' });
		await send(`${base}/assignments`, { assign: [{ project: season.id, team: team.id }] });
	});
	await writeRefused(event);
	places = placesOf(server.url, event, guestUrl, face, invitation);
}, 180_000);
/** Something that the server does not take, for the page that shows it. */
async function writeRefused(event: string): Promise<void> {
	const cookies = await studio.cookies();
	const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
	const document = `event/${event.split('/').pop()}`;
	const client = openStockClient(server.url, cookie, document, { aura: true });
	await client.synced;
	const [photo] = client.doc.getMap('photos').keys();
	client.doc.getMap('marks').set(`${photo!}/rating`, 99);
	await until('an answer', () => client.saved().has(client.doc.clientID));
	client.destroy();
}

afterAll(async () => {
	await browser?.close();
	await server?.remove();
	rmSync(folder, { recursive: true, force: true });
});

describe('every page of the main path', () => {
	for (const scheme of ['light', 'dark'] as const)
		for (const width of isBrief ? [scheme === 'light' ? 1440 : 390] : [1440, 390])
			it(`has no axe violation and nothing wider than the window, ${scheme}, ${width} pixels`, async () => {
				const guestContext = await browser.newContext({ reducedMotion: 'reduce' });
				const found: unknown[] = [];
				for (const [context, list] of [
					[studio, places.studio],
					[guestContext, places.guest]
				] as const) {
					const page = await context.newPage();
					page.setDefaultTimeout(20_000);
					await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
					await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
					for (const place of list) {
						await place.go(page);
						await page.waitForTimeout(150);
						if (!isBrief)
							await page.screenshot({ path: join(shots, `${place.name}-${width}-${scheme}.png`) });
						found.push(...(await violationsOf(page, place.name)));
						const overflow = await page.evaluate(
							() => document.documentElement.scrollWidth - innerWidth
						);
						if (overflow > 0) found.push({ page: place.name, overflow });
					}
					await page.close();
				}
				await guestContext.close();
				expect(found).toEqual([]);
			}, 180_000);
});
