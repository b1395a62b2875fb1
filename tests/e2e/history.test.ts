// Somebody clears what others decided; an admin finds it in the event's history and puts it back.
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from '../support/browser.ts';
import { openStockClient, until } from '../support/client.ts';
import { root, samplePhoto } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import {
	createEvent,
	firstPage,
	isSaved,
	photoCountOf,
	setUpStudio,
	shoot
} from '../support/studio.ts';

const shots = join(root, 'tests/.artifacts/screens');
let server: ServerProcess;
let browser: Browser;
let page: Page;
let event: string;

beforeAll(async () => {
	server = await serverProcess();
	browser = await launch();
	page = await firstPage(await browser.newContext({ reducedMotion: 'reduce' }));
	await setUpStudio(page, server.url);
	event = await createEvent(page, 'Timket 2026');
	await page.getByLabel('Import photos').setInputFiles(([1, 2, 3] as const).map(samplePhoto));
	await until('the photos', async () => (await photoCountOf(page)) === 3, 60_000);
	await until('saved', () => isSaved(page), 60_000);
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

it('takes back what was removed, and the photos are on the page again', async () => {
	const cookie = (await page.context().cookies())
		.map(({ name, value }) => `${name}=${value}`)
		.join('; ');
	const id = event.split('/').at(-1)!;
	const client = openStockClient(server.url, cookie, `event/${id}`, { aura: true });
	await client.synced;
	const photos = client.doc.getMap('photos');
	client.doc.transact(() => {
		for (const photo of photos.keys()) photos.set(photo, null);
	});
	await until('they are gone', async () => (await photoCountOf(page)) === 0);
	client.destroy();

	await page.getByRole('button', { name: 'More for this event' }).click();
	await page.getByRole('menuitem', { name: 'History' }).click();
	await page.getByText('removed 3 photos').waitFor();
	await shoot(page, 'history-removed');
	await page.getByRole('button', { name: /Take back/ }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByText('except where somebody has changed them since').waitFor();
	await page.screenshot({ path: join(shots, 'history-dialog.png') });
	await dialog.getByRole('button', { name: 'Take back' }).click();
	await page.getByText('3 things are as before.').waitFor();
	await page.getByRole('link', { name: 'Back to the event' }).click();
	await until('the photos', async () => (await photoCountOf(page)) === 3);
	expect(await page.getByTestId('grid').locator('img').count()).toBe(3);
});
