// A photographer looks at what is being sent, holds it back, limits it, and lets it go.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from '../support/browser.ts';
import { until } from '../support/client.ts';
import { violationsOf } from '../support/pages.ts';
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

let server: ServerProcess;
let browser: Browser;
let page: Page;

beforeAll(async () => {
	server = await serverProcess();
	browser = await launch();
	page = await firstPage(await browser.newContext({ reducedMotion: 'reduce' }));
	await setUpStudio(page, server.url);
}, 60_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

const line = () => page.getByTestId('transfer-line').innerText();
it('shows what waits, keeps it while it is paused, and sends it at the speed that was set', async () => {
	await page.goto(`${server.url}/account/transfers`);
	await page.getByText('Everything on this device has reached the server.').waitFor();
	await shoot(page, 'transfers-empty');
	await page.getByRole('button', { name: 'Pause' }).click();
	await page.getByRole('button', { name: 'Resume' }).waitFor();
	await page.getByRole('link', { name: 'Events' }).click();
	await createEvent(page, 'Timket 2026');
	await page
		.getByLabel('Import photos')
		.setInputFiles(([1, 2, 3, 4, 5, 6] as const).map(samplePhoto));
	await until('the photos', async () => (await photoCountOf(page)) === 6, 60_000);
	const link = page.getByRole('link', { name: /^Transfers: / });
	await until('all files wait', async () => (await link.innerText()).includes('24'), 60_000);
	await link.click();
	await until('what waits', async () => /^24 files, .* to send · paused$/.test(await line()));
	expect(await page.getByTestId('transfers').getByRole('listitem').count()).toBe(24);
	await shoot(page, 'transfers-paused');
	expect(await violationsOf(page, 'transfers')).toEqual([]);

	await page.getByLabel('Speed limit').fill('150');
	await page.getByLabel('Speed limit').blur();
	await page.getByRole('button', { name: 'Resume' }).click();
	await until('it is sent', async () => /KB\/s/.test(await line()), 30_000);
	await shoot(page, 'transfers-sending');
	const rate = Number(/([\d.]+) KB\/s/.exec(await line())?.[1] ?? 0);
	expect(rate).toBeLessThan(165);
	// no limit any more: the rest goes at once
	await page.getByLabel('Speed limit').fill('');
	await page.getByLabel('Speed limit').blur();
	await page.getByText('Everything on this device has reached the server.').waitFor();
	await until('saved', () => isSaved(page), 60_000);
	expect(await page.getByText(/sent today/).innerText()).toMatch(/^[\d.]+ [KM]B sent today$/);
}, 180_000);

it('holds back when the day’s budget is used up, also after a reload, and goes on when it is raised', async () => {
	await page.getByLabel('Data a day').fill('1');
	await page.getByLabel('Data a day').blur();
	await page.reload();
	await page.getByRole('link', { name: 'Events' }).click();
	await createEvent(page, 'Meskel');
	await page.getByLabel('Import photos').setInputFiles([samplePhoto(1), samplePhoto(2)]);
	await until('the photos', async () => (await photoCountOf(page)) === 2, 60_000);
	await page.goto(`${server.url}/account/transfers`);
	await page.getByText(/budget is used up/).waitFor();
	await shoot(page, 'transfers-budget');
	const isSent = page.getByText('Everything on this device has reached the server.');
	expect(await isSent.count()).toBe(0);
	// the same photos in another event: the server has all of them but the faces, and asks for no bytes
	await page.getByLabel('Data a day').fill('');
	await page.getByLabel('Data a day').blur();
	await isSent.waitFor();
}, 120_000);

it('sends again what the server lost, and was told so', async () => {
	await page.getByRole('link', { name: 'Events' }).click();
	const link = page.getByRole('link', { name: /Timket 2026/ });
	const event = (await link.getAttribute('href'))!.split('/').pop()!;
	await server.stop();
	const files = join(server.dataDir, 'storage/files');
	const folder = join(files, readdirSync(files)[0]!, '2026', event, 'originals');
	const names = readdirSync(folder).sort();
	expect(names).toHaveLength(6);
	rmSync(join(folder, names[0]!));
	const verify = (...more: string[]) =>
		spawnSync(process.execPath, [join(root, 'build/server/cli.js'), 'storage', 'verify', ...more], {
			env: server.env,
			encoding: 'utf8'
		});
	const found = verify();
	expect(found.stderr).toContain(`lost: files/`);
	expect(found.status).toBe(4);
	expect(verify('--repair').status).toBe(0);
	expect(verify('--content').stdout).toContain('every one is where the database says');
	await server.start();
	await link.click();
	// under a name of its own: each time that a file is stored it has another
	const photo = names[0]!.split('.')[0]!;
	const isThere = () => readdirSync(folder).some((name) => name.startsWith(photo));
	await until('it is there again', isThere, 60_000);
	await until('saved', () => isSaved(page), 60_000);
}, 120_000);
