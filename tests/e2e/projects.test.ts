// Projects in the browser: a tree that works offline, and a photographer whose pages follow what they are assigned to.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from '../support/browser.ts';
import { until } from '../support/client.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import { createEvent, firstPage, isSaved, setUpStudio } from '../support/studio.ts';

let server: ServerProcess;
let browser: Browser;
let studio: BrowserContext;
let page: Page;

beforeAll(async () => {
	server = await serverProcess();
	browser = await launch();
	studio = await browser.newContext();
	page = await firstPage(studio);
	await setUpStudio(page, server.url);
	await createEvent(page, 'Sara and Abel');
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

const choose = async (of: Page, project: string, item: string) => {
	await of.getByRole('button', { name: `More for ${project}` }).click();
	await of.getByRole('menuitem', { name: item }).click();
};

it('makes folders without a network, and events are dragged into them', async () => {
	await page.goto(`${server.url}/admin/projects`);
	await page.getByRole('link', { name: 'Sara and Abel' }).waitFor();
	await until('saved', () => isSaved(page));
	await studio.setOffline(true);
	await page.getByRole('button', { name: 'New project' }).click();
	await page.getByLabel('Kind').last().selectOption('folder');
	await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Weddings');
	await page.getByRole('button', { name: 'Create folder' }).click();
	await page.getByText('0 events').waitFor();
	await page
		.getByRole('link', { name: 'Sara and Abel' })
		.dragTo(page.getByText('Weddings', { exact: true }));
	await page.getByText('1 event', { exact: true }).waitFor();
	await studio.setOffline(false);
	await until('saved', () => isSaved(page), 60_000);
	await page.reload();
	await page.getByText('1 event', { exact: true }).waitFor();
	await page.getByRole('button', { name: 'What lies in Weddings' }).click();
	await page.getByRole('link', { name: 'Sara and Abel' }).waitFor({ state: 'detached' });
}, 120_000);

it('shows a photographer what they are assigned to, as it changes', async () => {
	await page.goto(`${server.url}/admin/team`);
	await page.getByRole('button', { name: 'Invite people' }).click();
	await page.getByLabel('E-mail addresses').fill('dawit@example.com');
	await page.getByRole('button', { name: 'Send the invitation' }).click();
	const link = await page.getByLabel('Invitation link').inputValue();
	const other = await browser.newContext();
	const dawit = await firstPage(other);
	await dawit.goto(link);
	await dawit.getByLabel('Your name').fill('Dawit Bekele');
	await dawit.getByLabel('Password').fill('a long password');
	await dawit.getByRole('button', { name: /^Join/ }).click();
	await dawit.getByRole('heading', { name: 'No event is yours yet' }).waitFor();
	await dawit.getByRole('link', { name: 'Events' }).click();
	await dawit.getByText('nobody has assigned you yet').waitFor();

	await page.goto(`${server.url}/admin/projects`);
	await choose(page, 'Weddings', 'Who works on it…');
	await page.getByRole('checkbox', { name: /Dawit/ }).check();
	await page.getByRole('button', { name: 'Save' }).click();
	await dawit.getByRole('link', { name: /Sara and Abel/ }).click();
	await dawit.getByText('No photo yet').waitFor();
	// also without a network, from what is on the device
	await dawit.waitForFunction(() => navigator.serviceWorker.controller !== null);
	await other.setOffline(true);
	await dawit.reload();
	await dawit.getByText('No photo yet').waitFor();
	await other.setOffline(false);

	// an end of the assignment is seen at once, on the open page
	await page.goto(`${server.url}/admin/team`);
	await choose(page, 'Dawit Bekele', 'What they work on…');
	expect(await page.getByRole('checkbox', { name: /^Sara/ }).isDisabled()).toBe(true);
	await page.getByRole('checkbox', { name: /^Weddings/ }).uncheck();
	await page.getByRole('button', { name: 'Save' }).click();
	await dawit.getByText('This event is not on this device').waitFor();

	// a new role shows everything without a reload
	await dawit.goto(`${server.url}/admin`);
	await dawit.getByText('nobody has assigned you yet').waitFor();
	await page.getByLabel('Role of Dawit Bekele').selectOption('editor');
	await dawit.getByRole('link', { name: /Sara and Abel/ }).waitFor();
	await page.getByLabel('Role of Dawit Bekele').selectOption('photographer');
	await dawit.getByText('nobody has assigned you yet').waitFor();
	const documents = await dawit.evaluate(async () => {
		const names: string[] = [];
		for (const { name } of await indexedDB.databases()) {
			const database = await new Promise<IDBDatabase>((done, fail) => {
				const opening = indexedDB.open(name!);
				opening.onsuccess = () => done(opening.result);
				opening.onerror = () => fail(opening.error as Error);
			});
			if (!database.objectStoreNames.contains('replicas')) continue;
			const keys = await new Promise<IDBValidKey[]>((done) => {
				const asking = database.transaction('replicas').objectStore('replicas').getAllKeys();
				asking.onsuccess = () => done(asking.result);
			});
			names.push(...keys.map(String));
			database.close();
		}
		return names;
	});
	expect(documents.filter((name) => name.startsWith('workspace/'))).toEqual([]);
	await other.close();
}, 120_000);

it('puts into the trash with everything below, and takes out again', async () => {
	await page.goto(`${server.url}/admin/projects`);
	await choose(page, 'Weddings', 'Move to trash…');
	await page.getByText('One project lies in it').waitFor();
	await page.getByRole('button', { name: 'Move to trash' }).click();
	await page.getByRole('link', { name: 'Sara and Abel' }).waitFor({ state: 'detached' });
	await until('saved', () => isSaved(page));
	await page.getByRole('link', { name: 'Trash' }).click();
	await page.getByRole('button', { name: 'Restore Weddings' }).click();
	await page.getByText('The trash is empty').waitFor();
	await page.getByRole('link', { name: 'All projects' }).click();
	await page.getByRole('link', { name: 'Sara and Abel' }).waitFor();
}, 60_000);
