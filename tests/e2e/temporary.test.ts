// Photos that come straight from an event wait for approval: said on the event, approved by key, by button or all at once.
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

beforeAll(async () => {
	server = await serverProcess();
	browser = await launch();
	page = await firstPage(await browser.newContext({ reducedMotion: 'reduce' }));
	await setUpStudio(page, server.url);
	await createEvent(page, 'Timket 2026');
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

const waiting = () => page.getByTestId('waiting');

it('is chosen for an event, and said of the photos that come into it', async () => {
	await page.getByRole('button', { name: 'More for this event' }).click();
	await page.getByRole('menuitem', { name: 'Change…' }).click();
	await page.getByLabel('New photos').selectOption('Wait for approval');
	await shoot(page, 'intake');
	await page.getByRole('button', { name: 'Save' }).click();
	await page
		.getByLabel('Import photos')
		.setInputFiles(([1, 2, 3, 4, 5, 6] as const).map(samplePhoto));
	await until('six photos', async () => (await photoCountOf(page)) === 6, 60_000);
	await waiting().getByText('6 photos are here for the time being.').waitFor();
	await until('saved', () => isSaved(page), 60_000);
	// the server says until when
	await page.reload();
	await waiting().getByText('The first go into the trash on').waitFor();
	await shoot(page, 'waiting');
	expect(await violationsOf(page, 'waiting')).toEqual([]);
});

it('approves one by key, and takes it back', async () => {
	await waiting().getByRole('button', { name: 'Look at them' }).click();
	await page.getByTestId('grid').getByRole('button').first().click();
	await page.getByText('1 / 6').waitFor();
	await shoot(page, 'waiting-loupe');
	await page.keyboard.press('a');
	await page.getByText('1 / 5').waitFor();
	await page.keyboard.press('Control+z');
	await page.getByText('1 / 6').waitFor();
	await page.getByRole('button', { name: 'Approve A', exact: true }).click();
	await page.getByText('1 / 5').waitFor();
	await page.keyboard.press('ArrowRight');
	await page.getByText('2 / 5').waitFor();
	await page.getByRole('button', { name: 'Close' }).click();
	await waiting().getByText('5 photos are here for the time being.').waitFor();
});

it('approves the rest at once, and the server has it', async () => {
	await waiting().getByRole('button', { name: 'Approve all' }).click();
	await page.getByText('5 photos stay.').waitFor();
	await waiting().waitFor({ state: 'detached' });
	await until('saved', () => isSaved(page));
	const left = await page.evaluate(async () => {
		const { workspaces } = (await (await fetch('/api/auth/me')).json()) as {
			workspaces: { id: string }[];
		};
		const response = await fetch(`/api/workspaces/${workspaces[0]!.id}/temporary`);
		return (await response.json()) as { events: unknown[] };
	});
	expect(left.events).toEqual([]);
	expect(await photoCountOf(page)).toBe(6);
});
