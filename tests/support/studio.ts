import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { until } from './client.ts';
import { root } from './paths.ts';
import { SETUP_TOKEN } from './server.ts';

/** The first page of a context, with patience for two cores. */
export async function firstPage(context: BrowserContext): Promise<Page> {
	const page = context.pages()[0] ?? (await context.newPage());
	page.setDefaultTimeout(20_000);
	return page;
}

export const statusOf = (page: Page) => page.getByTestId('status').locator('.long').innerText();
/** The light hears of an edit up to 50 ms later: what it says at once may be of before. */
const LIGHT_MS = 100;
export async function isSaved(page: Page): Promise<boolean> {
	if ((await statusOf(page)) !== 'Saved') return false;
	await page.waitForTimeout(LIGHT_MS);
	return (await statusOf(page)) === 'Saved';
}
export const photoCountOf = async (page: Page) =>
	Number((await page.getByTestId('photo-count').innerText()).replace(/\D/g, ''));
export const faceCountOf = async (page: Page) =>
	Number((await page.getByTestId('face-count').innerText()).replace(/\D/g, ''));
/** Photos of this device that are copied and not developed yet, also where nothing can be sent. */
export const undevelopedOn = (page: Page) =>
	page.evaluate(async () => {
		const wait = <T>(request: IDBRequest<T>) =>
			new Promise<T>((done) => (request.onsuccess = () => done(request.result)));
		const all = await indexedDB.databases();
		const database = await wait(
			indexedDB.open(all.find(({ name }) => name!.startsWith('aura-'))!.name!)
		);
		const left = database.transaction('imports').objectStore('imports').index('state');
		const count = await wait(left.count('copied'));
		database.close();
		return count;
	});
/** The tile of a photo whose label begins with this. */
export const tileOf = (page: Page, label: string) =>
	page
		.getByTestId('grid')
		.getByRole('button', { name: new RegExp(`^${label.replaceAll(/[.+]/g, '\\$&')}`) });

/** Sets an empty installation up in the interface. */
export async function setUpStudio(page: Page, url: string): Promise<void> {
	await page.goto(`${url}/setup?token=${SETUP_TOKEN}`);
	await page.getByLabel('Your name').fill('Hana Alemu');
	await page.getByLabel('E-mail').fill('hana@example.com');
	await page.getByLabel('Password').fill('a long password');
	await page.getByLabel('Studio name').fill('Studio Abeba');
	await page.getByRole('button', { name: 'Set up the studio' }).click();
	await page.waitForURL('**/admin');
}

export async function signIn(page: Page): Promise<void> {
	await page.getByLabel('E-mail').fill('hana@example.com');
	await page.getByLabel('Password').fill('a long password');
	await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Makes an event and opens it. @returns its address */
export async function createEvent(page: Page, name: string): Promise<string> {
	await page.getByRole('button', { name: 'New event' }).first().click();
	await page.getByLabel('Name').fill(name);
	await page.getByLabel('Date').fill('2026-01-19');
	await page.getByRole('button', { name: 'Create event' }).click();
	await page.waitForURL('**/admin/events/*');
	await until('the event', async () => (await photoCountOf(page)) === 0);
	return page.url();
}

/** The service worker keeps the application: it opens without a network from now on. */
export const installed = (page: Page) =>
	page.waitForFunction(
		async () => (await navigator.serviceWorker.ready).active?.state === 'activated'
	);

/** Takes pictures of a page as it is, on a phone and on a desktop, in both themes; none in CI, where nobody looks at them. */
export async function shoot(page: Page, name: string): Promise<void> {
	if (process.env['CI']) {
		await page.setViewportSize({ width: 1440, height: 900 });
		await page.emulateMedia({ colorScheme: 'light' });
		return;
	}
	const folder = join(root, 'tests/.artifacts/screens');
	mkdirSync(folder, { recursive: true });
	for (const [width, height] of [
		[390, 844],
		[1440, 900]
	] as const)
		for (const colorScheme of ['dark', 'light'] as const) {
			await page.setViewportSize({ width, height });
			await page.emulateMedia({ colorScheme });
			// colours change over a moment
			await page.waitForTimeout(400);
			await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) });
		}
}
