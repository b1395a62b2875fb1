// The people of an event, told apart by their faces on the device; whom one chooses is on the photos that are shown.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from '../support/browser.ts';
import { until } from '../support/client.ts';
import { violationsOf } from '../support/pages.ts';
import { samplePhoto } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import {
	createEvent,
	faceCountOf,
	firstPage,
	photoCountOf,
	setUpStudio,
	shoot
} from '../support/studio.ts';

let server: ServerProcess;
let browser: Browser;
let page: Page;

beforeAll(async () => {
	server = await serverProcess();
	browser = await launch();
	page = await firstPage(await browser.newContext({ reducedMotion: 'reduce' }));
	await setUpStudio(page, server.url);
	await createEvent(page, 'Timket 2026');
	await page
		.getByLabel('Import photos')
		.setInputFiles(([1, 2, 3, 4, 5, 6] as const).map(samplePhoto));
	await until('six photos', async () => (await photoCountOf(page)) === 6, 60_000);
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

const faces = () => page.getByTestId('people').getByRole('button');

it('tells them apart: two are on two photos each, and the others on one', async () => {
	await page.getByRole('button', { name: 'People' }).click();
	await faces().first().waitFor();
	const total = await faceCountOf(page);
	await until('all people', async () => (await faces().count()) === total - 2);
	const labels = await faces().evaluateAll((all) => all.map((each) => each.ariaLabel));
	expect(labels.filter((label) => label?.endsWith('on 2 photos'))).toHaveLength(2);
	expect(labels.slice(2).every((label) => label?.endsWith('on 1 photo'))).toBe(true);
	await shoot(page, 'people');
	expect(await violationsOf(page, 'people')).toEqual([]);
}, 60_000);

it('shows the photos of whoever is chosen, and all of them again', async () => {
	await faces().first().click();
	await page.getByText('2 photos with this person').waitFor();
	expect(await page.getByTestId('grid').getByRole('listitem').count()).toBe(2);
	await shoot(page, 'people-chosen');
	await faces().first().click();
	await until(
		'all',
		async () => (await page.getByTestId('grid').getByRole('listitem').count()) === 6
	);
	await faces().nth(3).click();
	await page.getByText('1 photo with this person').waitFor();
	await page.getByRole('button', { name: 'People' }).click();
	await until(
		'all',
		async () => (await page.getByTestId('grid').getByRole('listitem').count()) === 6
	);
});
