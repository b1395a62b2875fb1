// Films: kept as they are, known by a frame, played from this device or as they come from the server.
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from '../support/browser.ts';
import { fillFolder, readFrom, withFolders } from '../support/card.ts';
import { until } from '../support/client.ts';
import { violationsOf } from '../support/pages.ts';
import { filmOf, samplePhoto } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import {
	createEvent,
	firstPage,
	isSaved,
	photoCountOf,
	setUpStudio,
	shoot,
	signIn,
	tileOf
} from '../support/studio.ts';

let server: ServerProcess;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
	server = await serverProcess();
	browser = await launch();
	context = await browser.newContext({ reducedMotion: 'reduce' });
	await withFolders(context, { 'aura-export': 'Export' });
	page = await firstPage(context);
	await setUpStudio(page, server.url);
	await createEvent(page, 'Sara & Dawit');
	await fillFolder(page, 'Export', { 'other.txt': new Uint8Array([1]) });
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

const film = (at: Page) => at.locator('video');
const seconds = (at: Page) => film(at).evaluate((video: HTMLVideoElement) => video.currentTime);
const isPaused = (at: Page) => film(at).evaluate((video: HTMLVideoElement) => video.paused);
/** Mean of the picture of a tile, 0 to 255. */
const lightOf = (name: string) =>
	tileOf(page, name)
		.locator('img')
		.evaluate(async (image: HTMLImageElement) => {
			await image.decode();
			const canvas = new OffscreenCanvas(16, 16);
			const context = canvas.getContext('2d')!;
			context.drawImage(image, 0, 0, 16, 16);
			const { data } = context.getImageData(0, 0, 16, 16);
			return data.reduce((sum, value, i) => sum + (i % 4 === 3 ? 0 : value), 0) / (16 * 16 * 3);
		});

it('are taken in with photos, by a frame where this browser reads them', async () => {
	const cut = readFileSync(filmOf('vp9.mp4')).subarray(0, 6_000);
	await page.getByLabel('Import photos').setInputFiles(samplePhoto(1));
	await page
		.getByLabel('Import photos')
		.setInputFiles(
			['vp9.mp4', 'vp9-turned.mp4', 'vp8.webm', 'h264.mov', 'h264.m2ts', 'mjpeg.avi'].map(filmOf)
		);
	await page
		.getByLabel('Import photos')
		.setInputFiles([{ name: 'cut.mp4', mimeType: 'video/mp4', buffer: cut }]);
	await until('all', async () => (await photoCountOf(page)) === 8, 60_000);
	const names = ['vp9.mp4, film, 0:02', 'vp9-turned.mp4, film, 0:02', 'vp8.webm, film, 0:01'];
	for (const name of names) expect(await lightOf(name)).toBeGreaterThan(40);
	const { width, height } = (await tileOf(page, 'vp9-turned.mp4').boundingBox())!;
	expect(height).toBeGreaterThan(width);
	// not every Chromium reads these
	await tileOf(page, 'h264.mov, film, 0:01').waitFor();
	await tileOf(page, 'h264.m2ts, film').waitFor();
	expect(await tileOf(page, 'mjpeg.avi').innerText()).toContain('the film is kept');
	expect(await tileOf(page, 'cut.mp4').innerText()).toContain('Damaged');
	await shoot(page, 'films');
	expect(await violationsOf(page, 'films')).toEqual([]);
	await until('it is saved', () => isSaved(page), 60_000);
});

it('play where they are looked at', async () => {
	await tileOf(page, 'vp9.mp4').click();
	const loupe = page.getByRole('dialog', { name: 'vp9.mp4' });
	await loupe.getByRole('button', { name: 'Play vp9.mp4' }).waitFor();
	await shoot(page, 'film-loupe');
	expect(await violationsOf(page, 'a film')).toEqual([]);
	await page.keyboard.press('i');
	await page.getByText('MP4, 18.4 KB').waitFor();
	await loupe.getByText('0:02', { exact: true }).waitFor();
	await page.keyboard.press('i');
	await page.keyboard.press(' ');
	await until('it plays', async () => (await seconds(page)) > 0.3);
	await page.keyboard.press('4');
	await page.keyboard.press('g');
	await tileOf(page, 'vp9.mp4, 4 stars, film').waitFor();
	await tileOf(page, 'mjpeg.avi').click();
	await page.getByRole('button', { name: 'Play mjpeg.avi' }).click();
	await page.getByText('This browser does not play films of this kind.').waitFor();
	await page.getByRole('link', { name: 'Download it' }).waitFor();
	await page.keyboard.press('g');
});

it('are culled with photos, and are in no burst', async () => {
	await page.getByRole('link', { name: 'Cull' }).click();
	await page.getByRole('button', { name: /^Filter/ }).click();
	await page.getByRole('combobox', { name: 'Stars' }).selectOption('4');
	await page.getByRole('button', { name: /^Filter/ }).click();
	await page.getByRole('button', { name: 'Play vp9.mp4' }).waitFor();
	await shoot(page, 'film-cull');
	await page.keyboard.press(' ');
	await until('it plays', async () => (await seconds(page)) > 0.1);
	await page.keyboard.press(' ');
	await until('it rests', () => isPaused(page));
	await page.keyboard.press('p');
	expect(await page.getByRole('button', { name: 'Pick P' }).getAttribute('aria-pressed')).toBe(
		'true'
	);
	await page.keyboard.press('Escape');
	await page.getByTestId('grid').waitFor();
});

it('leave with their sidecars, byte for byte', async () => {
	await page.getByRole('button', { name: 'More for this event' }).click();
	await page.getByText('Export 8 to a folder…').click();
	await page.getByText('8 exported to Export.').waitFor();
	const copied = Buffer.from(await readFrom(page, 'Export', 'vp9.mp4'));
	expect(copied.equals(readFileSync(filmOf('vp9.mp4')))).toBe(true);
	const xmp = Buffer.from(await readFrom(page, 'Export', 'vp9.xmp')).toString();
	expect(xmp).toContain('xmp:Rating="4"');
});

it('come from the server on another device, in parts', async () => {
	const other = await browser.newContext({ reducedMotion: 'reduce' });
	const second = await firstPage(other);
	await second.goto(server.url + '/admin');
	await signIn(second);
	await second.getByRole('link', { name: /Sara & Dawit/ }).click();
	const part = second.waitForResponse(
		(answer) => answer.url().endsWith('/files/original') && answer.status() === 206
	);
	await tileOf(second, 'vp9.mp4').click();
	await second.getByRole('button', { name: 'Play vp9.mp4' }).click();
	expect((await part).headers()['content-type']).toBe('video/mp4');
	await until('it plays', async () => (await seconds(second)) > 0.3);
	await other.close();
});
