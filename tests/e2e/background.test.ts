// Files go on their way when no page is open any more, and those that somebody looks at go first.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from '../support/browser.ts';
import { until } from '../support/client.ts';
import { samplePhoto } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import {
	createEvent,
	firstPage,
	installed,
	isSaved,
	photoCountOf,
	setUpStudio,
	undevelopedOn
} from '../support/studio.ts';

let server: ServerProcess;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let event: string;

beforeAll(async () => {
	server = await serverProcess();
	browser = await launch();
	context = await browser.newContext({ reducedMotion: 'reduce' });
	page = await firstPage(context);
	await setUpStudio(page, server.url);
	await installed(page);
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

/** What the server has, asked from a page. */
const storedOn = (from: Page) =>
	from.evaluate(async (id) => {
		const me = (await (await fetch('/api/auth/me')).json()) as { workspaces: { id: string }[] };
		const path = `/api/workspaces/${me.workspaces[0]!.id}/events/${id}/photos`;
		const { photos } = (await (await fetch(path)).json()) as {
			photos: { files: Record<string, 'stored' | 'missing'> }[];
		};
		return photos.map(({ files }) => Object.values(files).filter((is) => is === 'stored').length);
	}, event.split('/').pop()!);
const importPhotos = async (numbers: (1 | 2 | 3 | 4 | 5 | 6)[], all: number) => {
	await page.getByLabel('Import photos').setInputFiles(numbers.map(samplePhoto));
	await until('the photos', async () => (await photoCountOf(page)) === all, 60_000);
	// what is developed can be sent without the page
	await until('they are developed', async () => (await undevelopedOn(page)) === 0, 60_000);
};

it('sends first what somebody looks at', async () => {
	await page.goto(`${server.url}/account/transfers`);
	await page.getByRole('button', { name: 'Pause' }).click();
	await page.getByLabel('Keep the screen on while sending').check();
	await page.goto(`${server.url}/admin`);
	event = await createEvent(page, 'Timket 2026');
	await importPhotos([1, 2, 3, 4], 4);
	const last = page.getByTestId('grid').getByRole('button').last();
	const name = (await last.getAttribute('aria-label'))!.split(',')[0]!;
	await last.click();
	await page.getByText('4 / 4').waitFor();
	// through the application, as people go: loading another page cuts off what this one is just keeping
	await page.keyboard.press('Escape');
	await page.getByRole('link', { name: /^Transfers: / }).click();
	await page.waitForURL('**/account/transfers');
	const first = page.getByTestId('transfers').getByRole('listitem').first();
	await until('it is the first', async () => (await first.innerText()).startsWith(name));
	await page.getByRole('button', { name: 'Resume' }).click();
	await page.getByText('Everything on this device has reached the server.').waitFor();
	await page.goto(event);
}, 120_000);

it('goes on when the page is closed', async () => {
	// the page's own uploads do not get through
	await page.evaluate(() => {
		const real = window.fetch;
		window.fetch = (...asked) =>
			String(asked[0]).includes('/uploads/')
				? Promise.reject(new TypeError('no network'))
				: real(...asked);
	});
	await importPhotos([5, 6], 6);
	await until('the server knows them', async () => (await storedOn(page)).length === 6);
	expect((await storedOn(page)).filter((count) => count === 4)).toHaveLength(4);
	const other = await context.newPage();
	await other.goto(`${server.url}/docs`);
	await page.close();
	const cdp = await context.newCDPSession(other);
	const registration = new Promise<string>((resolve) => {
		cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
			const [mine] = registrations;
			if (mine) resolve(mine.registrationId);
		});
	});
	await cdp.send('ServiceWorker.enable');
	await cdp.send('ServiceWorker.dispatchSyncEvent', {
		origin: server.url,
		registrationId: await registration,
		tag: 'aura-transfers',
		lastChance: false
	});
	await until(
		'all of them are there',
		async () => (await storedOn(other)).every((count) => count === 4),
		60_000
	);
	page = await firstPage(context);
	await page.goto(event);
	await until('nothing waits', () => isSaved(page));
}, 180_000);
