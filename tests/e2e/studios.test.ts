// Two studios on one installation, six people: each sees what is theirs, and the installation's one door lets nobody
// through to the other side.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from '../support/browser.ts';
import { until } from '../support/client.ts';
import { samplePhoto } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import { createEvent, firstPage, isSaved, photoCountOf, setUpStudio } from '../support/studio.ts';

let server: ServerProcess;
let browser: Browser;
const pages = new Map<string, Page>();
const page = (name: string) => pages.get(name)!;
let abeba: string;
let yonasEvent: string;

beforeAll(async () => {
	server = await serverProcess();
	browser = await launch();
	pages.set('hana', await firstPage(await browser.newContext()));
	await setUpStudio(page('hana'), server.url);
}, 60_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

/** Invites somebody, and comes in as them on a device of their own. */
async function bringIn(by: string, name: string, role: string): Promise<void> {
	const from = page(by);
	await from.goto(`${server.url}/admin/team`);
	await from.getByRole('button', { name: 'Invite people' }).click();
	await from.getByLabel('E-mail addresses').fill(`${name.toLowerCase()}@example.com`);
	await from.getByRole('radio', { name: new RegExp(`^${role}`) }).check();
	await from.getByRole('button', { name: 'Send the invitation' }).click();
	const link = await from.getByLabel('Invitation link').inputValue();
	const own = await firstPage(await browser.newContext());
	pages.set(name.toLowerCase(), own);
	await own.goto(link);
	await own.getByLabel('Your name').fill(name);
	await own.getByLabel('Password').fill('a long password');
	await own.getByRole('button', { name: /^Join/ }).click();
	await own.waitForURL(/\/(admin|capture)/);
}
const importInto = async (name: string, count: 1 | 2) => {
	await page(name)
		.getByLabel('Import photos')
		.setInputFiles(([1, 2] as const).slice(0, count).map((at) => samplePhoto(at)));
	await until('the photos', async () => (await photoCountOf(page(name))) === count, 60_000);
	await until('saved', () => isSaved(page(name)), 60_000);
};

it('fills the first studio: an admin, a photographer and a viewer', async () => {
	await page('hana').goto(`${server.url}/admin`);
	abeba = await createEvent(page('hana'), 'Abeba wedding');
	await page('hana').goto(`${server.url}/admin`);
	await createEvent(page('hana'), 'Board meeting');
	await bringIn('hana', 'Selam', 'Admin');
	await bringIn('hana', 'Dawit', 'Photographer');
	await bringIn('hana', 'Liya', 'Viewer');
	// the admin assigns; the photographer's page follows by itself
	await page('selam').goto(`${server.url}/admin/team`);
	await page('selam').getByRole('button', { name: 'More for Dawit' }).click();
	await page('selam').getByRole('menuitem', { name: 'What they work on…' }).click();
	await page('selam')
		.getByRole('checkbox', { name: /^Abeba wedding/ })
		.check();
	await page('selam').getByRole('button', { name: 'Save' }).click();
	await page('dawit').getByRole('link', { name: 'Events' }).click();
	await page('dawit')
		.getByRole('link', { name: /Abeba wedding/ })
		.click();
	await importInto('dawit', 2);
	await page('dawit').goto(`${server.url}/admin`);
	await page('dawit')
		.getByRole('link', { name: /Abeba wedding/ })
		.waitFor();
	expect(await page('dawit').getByText('Board meeting').count()).toBe(0);
}, 180_000);

it('lets the viewer look and nothing else', async () => {
	const liya = page('liya');
	await liya.getByRole('link', { name: /Abeba wedding/ }).click();
	await until('the photos', async () => (await photoCountOf(liya)) === 2, 60_000);
	expect(await liya.getByLabel('Import photos').count()).toBe(0);
	expect(await liya.getByRole('button', { name: 'Publish to guests' }).count()).toBe(0);
	expect(await liya.getByRole('link', { name: 'Team' }).count()).toBe(0);
}, 60_000);

it('has a second studio beside it, with people of its own', async () => {
	await bringIn('hana', 'Yonas', 'Viewer');
	const yonas = page('yonas');
	await yonas.getByRole('button', { name: /^Workspace/ }).click();
	await yonas.getByRole('button', { name: 'New workspace…' }).click();
	await yonas.getByLabel('Name').fill('Yonas Pictures');
	await yonas.getByRole('button', { name: 'Create workspace' }).click();
	await yonas.getByText('No event yet').waitFor();
	yonasEvent = await createEvent(yonas, 'Yonas marathon');
	await importInto('yonas', 1);
	// the switcher tells both apart, with what is in each
	await yonas.getByRole('button', { name: /^Workspace/ }).click();
	await yonas.getByRole('button', { name: /Yonas Pictures owner 1 event · 1 photo/ }).waitFor();
	await yonas.getByRole('button', { name: /Studio Abeba viewer 2 events · 2 photos/ }).waitFor();
	await yonas.keyboard.press('Escape');
	await bringIn('yonas', 'Sara', 'Editor');
	await page('sara')
		.getByRole('link', { name: /Yonas marathon/ })
		.click();
	await until('the photo', async () => (await photoCountOf(page('sara'))) === 1, 60_000);
}, 180_000);

it('shows nobody the other side', async () => {
	for (const name of ['sara']) {
		await page(name).goto(abeba);
		await page(name).getByText('This event is not on this device').waitFor();
	}
	for (const name of ['hana', 'selam', 'dawit', 'liya']) {
		await page(name).goto(yonasEvent);
		await page(name).getByText('This event is not on this device').waitFor();
	}
	// nor over the wire, with everything that the other side knows
	const id = yonasEvent.split('/').pop()!;
	const answers = await page('hana').evaluate(async (event) => {
		const me = (await (await fetch('/api/auth/me')).json()) as { workspaces: { id: string }[] };
		const own = me.workspaces[0]!.id;
		const paths = [
			`/api/workspaces/yonas-pictures/projects`,
			`/api/workspaces/${own}/events/${event}/photos`,
			`/api/workspaces/${own}/projects/${event}`
		];
		return Promise.all(paths.map((path) => fetch(path).then(({ status }) => status)));
	}, id);
	expect(answers).toEqual([404, 404, 404]);
}, 120_000);
