// An owner takes the studio away: an archive from the settings, put into another installation by its command line.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
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
let other: ServerProcess;
let browser: Browser;
let page: Page;

beforeAll(async () => {
	server = await serverProcess();
	other = await serverProcess();
	browser = await launch();
	page = await firstPage(await browser.newContext({ reducedMotion: 'reduce' }));
	await setUpStudio(page, server.url);
	await createEvent(page, 'Timket 2026');
	await page.getByLabel('Import photos').setInputFiles(([1, 2] as const).map(samplePhoto));
	await until('the photos', async () => (await photoCountOf(page)) === 2, 60_000);
	await until('saved', () => isSaved(page), 60_000);
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
	await other?.remove();
});

const aura = (of: ServerProcess, ...args: string[]) =>
	spawnSync(process.execPath, [join(root, 'build/server/cli.js'), ...args], {
		env: of.env,
		encoding: 'utf8'
	});

it('makes an archive that another installation takes, and its people get in there', async () => {
	await page.goto(`${server.url}/admin/settings`);
	await page.getByLabel(/With face data/).check();
	await page.getByRole('button', { name: 'Make an archive' }).click();
	const link = page.getByRole('link', { name: 'Download' });
	await link.waitFor();
	await link.scrollIntoViewIfNeeded();
	await shoot(page, 'exports');
	// half under the header it would count as too small
	await page.evaluate(() => window.scrollTo(0, 0));
	expect(await violationsOf(page, 'settings')).toEqual([]);
	const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
	expect(download.suggestedFilename()).toMatch(/^studio-abeba-\d{4}-\d\d-\d\d\.zip$/);
	const file = join(other.dataDir, 'archive.zip');
	await download.saveAs(file);
	expect(statSync(file).size).toBeGreaterThan(500_000);

	await other.stop();
	const imported = aura(other, 'workspace', 'import', file, '--json');
	expect(imported.stderr).toBe('');
	expect(JSON.parse(imported.stdout)).toMatchObject({
		name: 'Studio Abeba',
		photos: 2,
		files: 8,
		missing: 0,
		newPeople: 'hana@example.com'
	});
	expect(aura(other, 'workspace', 'import', file).status).toBe(4);
	const again = join(other.dataDir, 'again.zip');
	expect(aura(other, 'workspace', 'export', 'studio-abeba', again, '--faces').status).toBe(0);
	expect(aura(other, 'storage', 'verify', '--content').stdout).toContain('8 files');
	expect(aura(other, 'projections', 'verify').status).toBe(0);
}, 120_000);
