// What a device keeps: how much of what, what can go from it and come again, and events that stay.
import type { Browser, BrowserContext, Page } from 'playwright-core';
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
	shoot,
	signIn
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
	await createEvent(page, 'Timket 2026');
	event = page.url();
	await page.getByLabel('Import photos').setInputFiles(([1, 2, 3, 4] as const).map(samplePhoto));
	await until('the photos', async () => (await photoCountOf(page)) === 4, 60_000);
	await until('saved', () => isSaved(page), 60_000);
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

/** The bytes beside a line of the page, as they are written. */
const line = (of: Page, name: string) => of.getByRole('listitem').filter({ hasText: name });
const openStorage = async (of: Page) => {
	await of.goto(`${server.url}/account/device`);
	await line(of, 'The application').waitFor();
};
/** Files in the private file system, by area. */
const filesOf = (of: Page, area: string) =>
	of.evaluate(async (wanted) => {
		const root = await navigator.storage.getDirectory();
		const people = await root.getDirectoryHandle('people');
		let count = 0;
		for await (const person of people.values()) {
			if (person.kind !== 'directory') continue;
			const folder = await (person as FileSystemDirectoryHandle).getDirectoryHandle(wanted, {
				create: true
			});
			for await (const part of folder.values())
				for await (const _ of (part as FileSystemDirectoryHandle).values()) count++;
		}
		return count;
	}, area);

it('says what uses how much, and lets originals go that the server has', async () => {
	await openStorage(page);
	expect(await line(page, 'Originals that wait').innerText()).toContain('0 photos');
	expect(await line(page, 'Originals that the server has').innerText()).toContain('4 photos');
	await shoot(page, 'device-storage');
	expect(await violationsOf(page, 'device-storage')).toEqual([]);
	expect(await filesOf(page, 'originals')).toBe(4);
	await line(page, 'Originals that the server has').getByRole('button').click();
	await page.getByText(/freed\.$/).waitFor();
	expect(await filesOf(page, 'originals')).toBe(0);
	expect(await line(page, 'Originals that the server has').innerText()).toContain('0 photos');
	// nothing is sent again, nothing is missing
	await page.goto(event);
	await until('the photos', async () => (await photoCountOf(page)) === 4);
	await page.getByTestId('grid').locator('img').first().waitFor();
	await until('saved', () => isSaved(page));
});

it('keeps what has not been sent, whatever is pressed', async () => {
	await page.goto(event);
	await until('the photos', async () => (await photoCountOf(page)) === 4);
	await context.setOffline(true);
	await page.getByLabel('Import photos').setInputFiles(([5, 6] as const).map(samplePhoto));
	await until('the photos', async () => (await photoCountOf(page)) === 6, 60_000);
	await page.getByRole('button', { name: /Account of/ }).click();
	await page.getByRole('menuitem', { name: 'Account and devices' }).click();
	await page.getByRole('link', { name: 'Look' }).last().click();
	await line(page, 'Originals that wait').waitFor();
	expect(await line(page, 'Originals that wait').innerText()).toContain('2 photos');
	expect(await line(page, 'Originals that wait').getByRole('button').count()).toBe(0);
	expect(await filesOf(page, 'originals')).toBe(2);
	await context.setOffline(false);
	await until('saved', () => isSaved(page), 60_000);
}, 90_000);

it('has an event on another device to look at without a network, and keeps it there', async () => {
	const other = await browser.newContext({ reducedMotion: 'reduce' });
	const second = await firstPage(other);
	await second.goto(`${server.url}/signin`);
	await signIn(second);
	await second.waitForURL('**/admin');
	await second.goto(event);
	await until('the photos', async () => (await photoCountOf(second)) === 6, 30_000);
	await second.getByRole('button', { name: 'More for this event' }).click();
	await second.getByRole('menuitem', { name: 'Keep on this device' }).click();
	await second.getByText('All photos are kept on this device.').waitFor({ timeout: 30_000 });
	expect([await filesOf(second, 'thumb'), await filesOf(second, 'web')]).toEqual([6, 6]);
	await openStorage(second);
	// what is kept is not what can go
	expect(await line(second, 'Pictures from the server').innerText()).toContain('0 pictures');
	await second.goto(event);
	await second.getByRole('button', { name: 'More for this event' }).click();
	await second.getByRole('menuitem', { name: 'Stop keeping it' }).click();
	await second.getByText('may go when room is short').waitFor();
	await openStorage(second);
	expect(await line(second, 'Pictures from the server').innerText()).toContain('12 pictures');
	await line(second, 'Pictures from the server').getByRole('button').click();
	await second.getByText(/freed\.$/).waitFor();
	expect(await filesOf(second, 'web')).toBe(0);
	await other.close();
}, 90_000);

it('says when the device fills up, and where to make room', async () => {
	// Chromium says 10 GB more than is used, wherever there is a large disk: a small one cannot be had here
	await page.addInitScript(() => {
		navigator.storage.estimate = async () => ({ usage: 3_600_000_000, quota: 4_000_000_000 });
	});
	await page.goto(event);
	await page.getByText('This device fills up.').waitFor();
	await page.getByRole('link', { name: 'See what can go from it' }).click();
	await page.getByText('Imports stop before anything is lost.').waitFor();
	await shoot(page, 'device-storage-full');
});
