// Photos go to the trash by key, by button and all rejected at once; they come back, or go for good, on every device.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from '../support/browser.ts';
import { until } from '../support/client.ts';
import { violationsOf } from '../support/pages.ts';
import { samplePhoto } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import {
	createEvent,
	firstPage,
	isSaved,
	photoCountOf,
	setUpStudio,
	shoot
} from '../support/studio.ts';

let server: ServerProcess;
let browser: Browser;
let page: Page;
let event: string;

beforeAll(async () => {
	server = await serverProcess();
	browser = await launch();
	page = await firstPage(await browser.newContext({ reducedMotion: 'reduce' }));
	await setUpStudio(page, server.url);
	await createEvent(page, 'Timket 2026');
	event = page.url();
	await page
		.getByLabel('Import photos')
		.setInputFiles(([1, 2, 3, 4, 5, 6] as const).map(samplePhoto));
	await counts(6);
	await until('saved', () => isSaved(page), 60_000);
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

const counts = (count: number) =>
	until(`${count} photos`, async () => (await photoCountOf(page)) === count, 60_000);
const tiles = () => page.getByTestId('grid').getByRole('button');
/** Names of what this device keeps of photos. */
const filesHere = () =>
	page.evaluate(async () => {
		const found = await indexedDB.databases();
		const name = found.find((each) => each.name?.startsWith('aura-'))!.name!;
		return new Promise<string[]>((done, fail) => {
			const opening = indexedDB.open(name);
			opening.onerror = () => fail(opening.error!);
			opening.onsuccess = () => {
				const all = opening.result.transaction('files').objectStore('files').getAllKeys();
				all.onsuccess = () => {
					opening.result.close();
					done(all.result as string[]);
				};
			};
		});
	});

it('moves a photo there by key or button, and takes it back at once', async () => {
	await tiles().first().focus();
	await page.keyboard.press('Delete');
	await counts(5);
	await page.getByText('Photo moved to the trash.').waitFor();
	await shoot(page, 'trash-toast');
	await page.getByRole('button', { name: 'Undo' }).click();
	await counts(6);
	await tiles().last().click();
	await page.keyboard.press('i');
	await page.getByTestId('lineage').getByText('Original').waitFor();
	await shoot(page, 'photo-info');
	expect(await violationsOf(page, 'photo-info')).toEqual([]);
	await page.keyboard.press('i');
	await page.getByRole('button', { name: 'Move to the trash' }).click();
	await page.getByText('5 / 5').waitFor();
	await page.keyboard.press('Control+z');
	await page.getByText('5 / 6').waitFor();
	await page.getByRole('button', { name: 'Close' }).click();
	await counts(6);
});

it('moves all rejected ones there, and shows them to whoever may see them', async () => {
	await tiles().first().focus();
	for (const key of ['x', 'ArrowRight', 'x', 'ArrowRight', 'x']) await page.keyboard.press(key);
	await page.getByRole('button', { name: 'More for this event' }).click();
	await page.getByRole('menuitem', { name: 'Move 3 rejected to the trash' }).click();
	await counts(3);
	await until('saved', () => isSaved(page));
	await page.getByRole('link', { name: 'Events' }).first().click();
	await page.getByRole('link', { name: 'Trash' }).click();
	await page.getByRole('heading', { name: 'Timket 2026' }).waitFor();
	const trashed = page.getByRole('button', { name: /moved to the trash/ });
	expect(await trashed.count()).toBe(3);
	await trashed.first().locator('img').waitFor();
	await trashed.first().click();
	await page.getByText('1 photo chosen').waitFor();
	await page.getByTestId('import-panel').waitFor({ state: 'detached' });
	await shoot(page, 'trash');
	expect(await violationsOf(page, 'trash')).toEqual([]);
	await page.getByRole('button', { name: 'Restore', exact: true }).click();
	await page.getByText('1 photo restored.').waitFor();
	await until('two are left', async () => (await trashed.count()) === 2);
});

it('is emptied with a reason; nothing of it stays on the device', async () => {
	await page.goto(event);
	await counts(4);
	const before = await filesHere();
	expect(before.filter((key) => key.startsWith('originals/'))).toHaveLength(6);
	await page.goto(`${server.url}/admin/trash`);
	await page.getByRole('button', { name: 'Empty the trash…' }).click();
	await page.getByLabel('Reason, for the log').fill('Asked for by a guest');
	await shoot(page, 'trash-purge');
	await page.getByRole('button', { name: 'Remove for good' }).click();
	await page.getByText('The trash is empty').waitFor();
	await shoot(page, 'trash-empty');
	await page.goto(event);
	await counts(4);
	await until('the files are gone here', async () => {
		const keys = await filesHere();
		return ['originals', 'thumb', 'web'].every(
			(area) => keys.filter((key) => key.startsWith(`${area}/`)).length === 4
		);
	});
	await page.goto(`${server.url}/admin/audit`);
	await page.getByText('removed for good').first().waitFor();
}, 60_000);

it('gives a photo back that is imported again', async () => {
	await page.goto(event);
	await counts(4);
	await tiles().first().focus();
	await page.keyboard.press('Delete');
	await counts(3);
	await page
		.getByLabel('Import photos')
		.setInputFiles(([1, 2, 3, 4, 5, 6] as const).map(samplePhoto));
	// what was removed for good is new; what was in the trash is restored
	await counts(6);
}, 90_000);
