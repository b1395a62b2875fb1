// What needs the server, asked for without a network: kept, sent later, carried out once.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from '../support/browser.ts';
import { until } from '../support/client.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import {
	createEvent,
	firstPage,
	installed,
	isSaved,
	setUpStudio,
	signIn,
	statusOf
} from '../support/studio.ts';

let server: ServerProcess;
let browser: Browser;
let laptop: BrowserContext;
let office: BrowserContext;
let hana: Page;
/** the same person at another device */
let desk: Page;

beforeAll(async () => {
	server = await serverProcess();
	browser = await launch();
	laptop = await browser.newContext();
	office = await browser.newContext();
	hana = await firstPage(laptop);
	desk = await firstPage(office);
	await setUpStudio(hana, server.url);
	await createEvent(hana, 'Timket 2026');
	await until('saved', () => isSaved(hana), 60_000);
	await installed(hana);
	await desk.goto(`${server.url}/signin`);
	await signIn(desk);
	await desk.getByRole('link', { name: /Timket 2026/ }).waitFor();
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

async function goOffline(): Promise<void> {
	// a connection that is being made would say 'offline' as well
	await until('saved', () => isSaved(hana), 60_000);
	await laptop.setOffline(true);
	await until('offline', async () => (await statusOf(hana)).startsWith('Offline'), 40_000);
}
async function invite(page: Page, address: string): Promise<void> {
	await page.getByRole('button', { name: 'Invite people' }).click();
	await page.getByLabel('E-mail addresses').fill(address);
	await page.getByRole('button', { name: 'Send the invitation' }).click();
}
const done = (page: Page) => page.getByRole('button', { name: 'Done' }).click();
async function invited(address: string): Promise<number> {
	await desk.goto(`${server.url}/admin/team`);
	await desk.getByRole('list', { name: 'Members' }).waitFor();
	return desk.getByRole('list', { name: 'Invitations' }).getByText(address).count();
}

it('keeps an invitation that was made without a network through a restart, and sends it once', async () => {
	await hana.goto(`${server.url}/admin/team`);
	await hana.getByRole('list', { name: 'Members' }).waitFor();
	await goOffline();
	await invite(hana, 'selam@example.com');
	await hana.getByText('Kept on this device').waitFor();
	await done(hana);
	await until('one that waits', async () => (await statusOf(hana)).includes('1 change'));

	await hana.goto(`${server.url}/account/kept`);
	const asked = hana.getByRole('list', { name: 'Asked of the server' });
	await asked.getByText('Invite selam@example.com').waitFor();
	await asked.getByText('Waits for the network').waitFor();
	expect(await invited('selam@example.com')).toBe(0);

	await laptop.setOffline(false);
	// no mail goes out from this server: the link must reach whoever asked
	await hana.getByLabel('Link: Invite selam@example.com').waitFor({ timeout: 60_000 });
	expect(await invited('selam@example.com')).toBe(1);
	await asked.getByRole('button', { name: 'Done' }).click();
	await until('nothing left', async () => (await asked.count()) === 0);
	await until('saved', () => isSaved(hana), 60_000);
}, 180_000);

it('asks again with the same key where the answer was lost', async () => {
	await hana.goto(`${server.url}/admin/team`);
	// the request arrives, its answer does not
	await hana.evaluate(() => {
		const real = window.fetch;
		let isLost = false;
		window.fetch = async (...given) => {
			const answer = await real(...given);
			if (isLost || given[1]?.method !== 'POST') return answer;
			isLost = true;
			throw new TypeError('Failed to fetch');
		};
	});
	await invite(hana, 'dawit@example.com');
	await hana.getByText('Kept on this device').waitFor();
	await done(hana);
	await until('saved', () => isSaved(hana), 60_000);
	expect(await invited('dawit@example.com')).toBe(1);
}, 120_000);

it('says what was refused when nobody was looking, and lets go of it', async () => {
	await hana.goto(`${server.url}/admin/team`);
	await hana.getByRole('list', { name: 'Members' }).waitFor();
	await goOffline();
	await invite(hana, 'sara@example.com');
	await hana.getByText('Kept on this device').waitFor();
	await done(hana);
	await desk.goto(`${server.url}/admin/team`);
	await invite(desk, 'sara@example.com');
	await done(desk);
	await laptop.setOffline(false);
	await until('a word', async () => (await statusOf(hana)) === '1 change not taken', 60_000);
	await hana.getByTestId('status').getByRole('link').click();
	const asked = hana.getByRole('list', { name: 'Asked of the server' });
	await asked.getByText('sara@example.com is invited already.').waitFor();
	await asked.getByRole('button', { name: 'Forget it' }).click();
	await until('saved', () => isSaved(hana), 60_000);
}, 120_000);

it('publishes an event that was made without a network, after the event itself', async () => {
	await hana.goto(`${server.url}/admin`);
	await hana.getByRole('link', { name: /Timket 2026/ }).waitFor();
	await goOffline();
	await createEvent(hana, 'Meskel 2026');
	await hana.getByRole('button', { name: 'Publish' }).click();
	await hana.getByText('Kept on this device: the event').waitFor();
	await hana.keyboard.press('Escape');
	await laptop.setOffline(false);
	await until('saved', () => isSaved(hana), 60_000);
	await hana.getByRole('button', { name: 'Publish' }).click();
	const link = await hana.getByTestId('guest-link').innerText();
	const guest = await firstPage(await browser.newContext());
	await guest.goto(link);
	await guest.getByText('Meskel 2026').waitFor();
}, 120_000);

it('takes back what was not sent', async () => {
	await hana.keyboard.press('Escape');
	await goOffline();
	await hana.goto(`${server.url}/admin/team`);
	await laptop.setOffline(false);
	await hana.getByRole('list', { name: 'Members' }).waitFor();
	await goOffline();
	await invite(hana, 'abel@example.com');
	await done(hana);
	await hana.goto(`${server.url}/account/kept`);
	const asked = hana.getByRole('list', { name: 'Asked of the server' });
	await asked.getByRole('button', { name: 'Cancel' }).click();
	await until('gone', async () => (await asked.getByText('abel@example.com').count()) === 0);
	await laptop.setOffline(false);
	await until('saved', () => isSaved(hana), 60_000);
	expect(await invited('abel@example.com')).toBe(0);
}, 120_000);
