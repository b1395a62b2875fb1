// A new version of the application arrives while people work: it waits, asks, and hands over between tabs; edits that wait stay,
// and two versions share a device's database.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from '../support/browser.ts';
import { openStockClient, photoFacts, until } from '../support/client.ts';
import { root } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import {
	createEvent,
	firstPage,
	installed,
	isSaved,
	photoCountOf,
	setUpStudio,
	signIn,
	statusOf,
	tileOf
} from '../support/studio.ts';

let server: ServerProcess;
let folder: string;
let browser: Browser;
let laptop: BrowserContext;
let first: Page;
let second: Page;
let event: string;

beforeAll(async () => {
	// inside of the project: there its packages are found
	mkdirSync(join(root, '.cache'), { recursive: true });
	folder = mkdtempSync(join(root, '.cache/versions-'));
	// the application as it is installed: a copy that the tests replace by another version
	cpSync(join(root, 'build'), join(folder, 'build'), { recursive: true });
	cpSync(join(root, 'package.json'), join(folder, 'package.json'));
	server = await serverProcess({}, join(folder, 'build'), true);
	browser = await launch();
	laptop = await browser.newContext();
	first = await firstPage(laptop);
	await setUpStudio(first, server.url);
	event = await createEvent(first, 'Timket 2026');
	const cookies = await laptop.cookies();
	const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
	const me = await fetch(`${server.url}/api/auth/me`, { headers: { cookie } });
	const { user } = (await me.json()) as { user: { id: string } };
	const client = openStockClient(server.url, cookie, `event/${event.split('/').at(-1)!}`);
	await client.synced;
	client.doc.getMap('photos').set('a'.repeat(32), photoFacts(user.id, { name: 'A.JPG' }));
	await until('the photo', async () => (await photoCountOf(first)) === 1);
	client.destroy();
	await until('saved', () => isSaved(first), 60_000);
	await installed(first);
	second = await laptop.newPage();
	second.setDefaultTimeout(20_000);
	await second.goto(event);
	await until('saved', () => isSaved(second), 60_000);
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
	rmSync(folder, { recursive: true, force: true });
});

/** Puts another version in the place of the one that is served: the same, but for a word in its shell. */
function release(name: string): void {
	const app = join(folder, 'build/app');
	const { version } = JSON.parse(readFileSync(join(app, '_app/version.json'), 'utf8')) as {
		version: string;
	};
	const change = (file: string, edit: (text: string) => string) => {
		const text = readFileSync(join(app, file), 'utf8');
		const edited = edit(text);
		expect(edited).not.toBe(text);
		writeFileSync(join(app, file), edited);
		// what was packed before says the former version
		for (const packed of ['.br', '.gz']) rmSync(join(app, file + packed), { force: true });
	};
	change('service-worker.js', (text) => text.replaceAll(version, name));
	change('shell.html', (text) =>
		text.replace(
			/<meta name="test-version"[^>]*>|(?=<\/head>)/,
			`<meta name="test-version" content="${name}">`
		)
	);
	change('_app/version.json', () => JSON.stringify({ version: name }));
}
const versionOf = (page: Page) =>
	page.evaluate(() => document.querySelector('meta[name=test-version]')?.getAttribute('content'));
const stars = async (page: Page) =>
	/(\d) star/.exec((await tileOf(page, 'A.JPG').getAttribute('aria-label')) ?? '')?.[1];
async function rate(page: Page, rating: number): Promise<void> {
	await tileOf(page, 'A.JPG').focus();
	await page.keyboard.press(String(rating));
	await until('the stars', async () => (await stars(page)) === String(rating));
}
const ready = (page: Page) => page.getByText('A new version is ready.');
const look = (page: Page) =>
	page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));

it('waits and asks, with edits waiting, and both tabs come through with them', async () => {
	release('two');
	await server.stop();
	await server.start();
	await look(first);
	await ready(first).waitFor();
	await ready(second).waitFor();
	expect(await versionOf(first)).toBeUndefined();

	await laptop.setOffline(true);
	await server.stop();
	await until('offline', async () => (await statusOf(first)).startsWith('Offline'), 40_000);
	await rate(first, 4);
	await first.getByText('What waits on this device stays').waitFor();
	// the other tab has heard of it, and it is in the middle of something
	await until('the stars', async () => (await stars(second)) === '4', 20_000);

	await first.getByRole('button', { name: 'Reload now' }).click();
	await until('the new version', async () => (await versionOf(first).catch(() => null)) === 'two');
	await until('its stars', async () => (await stars(first)) === '4');
	await until('what waits', async () => (await statusOf(first)).includes('1 change'));

	await second.getByText('A new version is here').waitFor();
	expect(await versionOf(second)).toBeUndefined();
	await rate(second, 5);
	await until('the stars', async () => (await stars(first)) === '5', 20_000);
	// the next page comes whole from the new version
	await second.getByRole('link', { name: 'Events' }).click();
	await until('the new version', async () => (await versionOf(second).catch(() => null)) === 'two');

	await server.start();
	await laptop.setOffline(false);
	await until('saved', () => isSaved(first), 60_000);
	await until('saved', () => isSaved(second), 60_000);
	expect(await stars(first)).toBe('5');
}, 180_000);

it("goes on when a later version has changed this device's database, and back", async () => {
	await second.close();
	await rate(first, 1);
	// what a later version does first: a higher number, one store more
	const upgraded = await first.evaluate(async () => {
		const [{ name, version }] = (await indexedDB.databases()).filter((each) =>
			each.name!.startsWith('aura-')
		) as [{ name: string; version: number }];
		return new Promise<number[]>((done, fail) => {
			const request = indexedDB.open(name, version + 10);
			request.onupgradeneeded = () => request.result.createObjectStore('later');
			request.onsuccess = () => {
				const after = request.result.version;
				request.result.close();
				done([version, after]);
			};
			request.onerror = () => fail(new Error(String(request.error)));
		});
	});
	expect(upgraded[1]).toBe(upgraded[0]! + 10);
	// the page that was open goes on
	await rate(first, 2);
	await until('saved', () => isSaved(first), 60_000);
	// and so does one that opens now
	await laptop.setOffline(true);
	await until('offline', async () => (await statusOf(first)).startsWith('Offline'), 40_000);
	await rate(first, 3);
	await until('kept', async () => (await statusOf(first)).includes('1 change'));
	await first.reload();
	await until('its stars', async () => (await stars(first)) === '3', 60_000);
	await laptop.setOffline(false);
	await until('saved', () => isSaved(first), 60_000);
}, 120_000);

it('says what it waits for when a tab of an earlier version does not let go', async () => {
	const other = await browser.newContext();
	const page = await firstPage(other);
	await page.goto(`${server.url}/signin`);
	await signIn(page);
	await page.getByRole('link', { name: /Timket 2026/ }).waitFor();
	const name = await page.evaluate(
		async () => (await indexedDB.databases()).find((each) => each.name!.startsWith('aura-'))!.name!
	);
	await page.goto(`${server.url}/docs`);
	// a page that is frozen with the database of an earlier version
	await page.evaluate(
		(name) =>
			new Promise<void>((done, fail) => {
				indexedDB.deleteDatabase(name).onsuccess = () => {
					const request = indexedDB.open(name, 10);
					request.onsuccess = () => {
						Object.assign(window, { held: request.result });
						done();
					};
					request.onerror = () => fail(new Error(String(request.error)));
				};
			}),
		name
	);
	const late = await other.newPage();
	await late.goto(`${server.url}/admin`);
	await late.getByText('Another tab still has an earlier version').waitFor();
	await page.close();
	await late.getByRole('link', { name: /Timket 2026/ }).waitFor({ timeout: 20_000 });
	expect(await late.getByText('Another tab still has an earlier version').count()).toBe(0);
	await other.close();
}, 120_000);

it('reloads where a part of the former version is gone', async () => {
	const other = await browser.newContext({ serviceWorkers: 'block' });
	const page = await firstPage(other);
	await page.goto(`${server.url}/signin`);
	await signIn(page);
	await page.getByRole('link', { name: /Timket 2026/ }).waitFor();
	// until the page is loaded anew
	let isGone = true;
	let loads = 0;
	page.on('request', (request) => {
		if (request.isNavigationRequest()) isGone = false;
	});
	// the router may ask for the page too, in the place of the first request: what counts is what is loaded
	page.on('domcontentloaded', () => loads++);
	await page.route('**/_app/immutable/nodes/*.js', (route) =>
		isGone ? route.fulfill({ status: 404 }) : route.continue()
	);
	await page.getByRole('link', { name: 'Team' }).click();
	await page.getByRole('heading', { name: 'Team' }).waitFor();
	expect(loads).toBe(1);
	await other.close();
}, 60_000);
