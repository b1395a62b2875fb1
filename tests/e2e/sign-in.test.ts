// Ways in: GitHub, a PIN and a face on a shared device; and what a device may still do when it cannot ask for long.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from '../support/browser.ts';
import { writeFakeCamera } from '../support/camera.ts';
import { until } from '../support/client.ts';
import { type FakeGithub, fakeGithub } from '../support/github.ts';
import { samplePhoto } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import { createEvent, firstPage, installed, isSaved, setUpStudio } from '../support/studio.ts';

let github: FakeGithub;
let server: ServerProcess;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let folder: string;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'aura-sign-in-'));
	github = await fakeGithub();
	server = await serverProcess({
		GITHUB_CLIENT_ID: 'client',
		GITHUB_CLIENT_SECRET: 'secret',
		GITHUB_URL: github.config.url,
		GITHUB_API_URL: github.config.apiUrl
	});
	const camera = join(folder, 'me.mjpeg');
	await writeFakeCamera(camera, {
		photo: samplePhoto(3),
		left: 0.44,
		top: 0.06,
		width: 0.32,
		height: 0.42
	});
	browser = await launch([
		'--use-fake-ui-for-media-stream',
		'--use-fake-device-for-media-stream',
		`--use-file-for-fake-video-capture=${camera}`
	]);
	context = await browser.newContext();
	page = await firstPage(context);
	await setUpStudio(page, server.url);
	await createEvent(page, 'Timket 2026');
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
	await github?.stop();
	rmSync(folder, { recursive: true, force: true });
});

const leave = async (of: Page) => {
	await of.getByRole('button', { name: /^Account of/ }).click();
	await of.getByRole('menuitem', { name: /sign out/i }).click();
	await of.getByRole('heading', { name: 'Sign in' }).waitFor();
};

it('signs in with GitHub, and shows the picture', async () => {
	await leave(page);
	await page.getByRole('link', { name: 'Sign in with GitHub' }).click();
	await page.getByRole('link', { name: /Timket 2026/ }).waitFor();
	await page.getByRole('button', { name: 'Account of Hana Alemu' }).locator('img').waitFor();
	await page.goto(`${server.url}/account`);
	await page.getByText('Connected to Hana-A').waitFor();
	await page.getByText('by GitHub').waitFor();
}, 60_000);

it('says in words when a sign-in came from nowhere', async () => {
	const answer = await page.goto(`${server.url}/api/auth/github/callback?code=x&state=y`);
	expect(answer!.status()).toBe(400);
	await page.getByText('was not begun in this browser').waitFor();
	await page.getByRole('link', { name: 'Sign in' }).click();
	await page.getByRole('heading', { name: 'Sign in' }).waitFor();
}, 60_000);

it('locks a shared device, and unlocks it with the PIN and with the face', async () => {
	await page.goto(`${server.url}/account`);
	await page.getByRole('button', { name: 'Set a PIN on this device' }).click();
	await page.getByLabel('PIN', { exact: true }).fill('123456');
	await page.getByLabel('The same again').fill('123456');
	await page.getByRole('button', { name: 'Set the PIN' }).click();
	await page.getByText('This PIN is guessed first').waitFor();
	await page.getByLabel('PIN', { exact: true }).fill('482913');
	await page.getByLabel('The same again').fill('482913');
	await page.getByRole('button', { name: 'Set the PIN' }).click();
	await page.getByRole('list', { name: 'Devices with a PIN' }).getByText('this device').waitFor();

	await page.goto(`${server.url}/admin/settings`);
	await page.getByLabel('Faces may unlock shared devices').check();
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByText('Saved', { exact: true }).last().waitFor();
	await page.goto(`${server.url}/account`);
	await page.getByRole('button', { name: 'Add my face' }).click();
	await page.getByRole('button', { name: 'Take the selfie' }).click({ timeout: 30_000 });
	await page.getByText('PIN and face').waitFor({ timeout: 30_000 });

	await leave(page);
	await page.getByLabel('PIN of Hana Alemu').fill('482914');
	await page.getByRole('button', { name: 'Unlock', exact: true }).click();
	await page.getByText('The PIN is wrong.').waitFor();
	await page.getByLabel('PIN of Hana Alemu').fill('482913');
	await page.getByRole('button', { name: 'Unlock', exact: true }).click();
	await page.getByRole('link', { name: /Timket 2026/ }).waitFor();

	await leave(page);
	await page.getByRole('button', { name: 'Unlock with my face' }).click();
	await page.getByRole('button', { name: 'Take the selfie' }).click({ timeout: 30_000 });
	await page.getByRole('link', { name: /Timket 2026/ }).waitFor({ timeout: 30_000 });
	// alone not enough to change who belongs here
	await page.goto(`${server.url}/admin/team`);
	await page.getByRole('button', { name: 'Invite people' }).click();
	await page.getByLabel('E-mail addresses').fill('dawit@example.com');
	await page.getByRole('button', { name: 'Send the invitation' }).click();
	await page.getByText('unlocked by face alone').waitFor();
}, 180_000);

it('works for two weeks without asking, then only looks until it can ask again', async () => {
	await page.goto(`${server.url}/admin`);
	await page.getByRole('link', { name: /Timket 2026/ }).waitFor();
	await installed(page);
	await page.waitForFunction(() => localStorage.getItem('aura.claims') !== null);
	await until('saved', () => isSaved(page));
	await context.setOffline(true);
	const days = (count: number) => page.clock.setSystemTime(Date.now() + count * 86_400_000);
	await days(10);
	await page.reload();
	await page.getByRole('button', { name: 'New event' }).first().click();
	await page.getByLabel('Name').fill('Made far away');
	await page.getByRole('button', { name: 'Create event' }).click();
	await page.waitForURL('**/admin/events/*');

	await days(15);
	await page.goto(`${server.url}/admin`);
	await page.getByText('This device could not ask since').waitFor();
	await page.getByRole('link', { name: /Made far away/ }).waitFor();
	expect(await page.getByRole('button', { name: 'New event' }).count()).toBe(0);

	await context.setOffline(false);
	await page.getByText('This device could not ask since').waitFor({ state: 'detached' });
	await page.getByRole('button', { name: 'New event' }).waitFor();
	await until('what was made there has arrived', () => isSaved(page), 60_000);
	await days(0);
}, 180_000);

it('says that the clock of the device is wrong, and works', async () => {
	const other = await browser.newContext();
	const late = await firstPage(other);
	await late.clock.setSystemTime(Date.now() + 61 * 60_000);
	await late.goto(`${server.url}/signin`);
	await late.getByLabel('E-mail').fill('hana@example.com');
	await late.getByLabel('Password').fill('a long password');
	await late.getByRole('button', { name: 'Sign in', exact: true }).click();
	await late.getByRole('link', { name: /Timket 2026/ }).waitFor();
	await late.waitForFunction(() => localStorage.getItem('aura.claims') !== null);
	await late.reload();
	await late.getByText(/clock is 6[01] minutes ahead/).waitFor();
	await other.close();
}, 60_000);
