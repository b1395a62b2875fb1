// Culling by keys, as fast as they are pressed; marks of two people merge.
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeXmp } from '../../shared/photos/xmp.ts';
import { launch } from '../support/browser.ts';
import { until } from '../support/client.ts';
import { violationsOf } from '../support/pages.ts';
import { samplePhoto } from '../support/paths.ts';
import { stamped } from '../support/ptp-camera/photos.ts';
import { rawFile } from '../support/raw.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import {
	createEvent,
	firstPage,
	isSaved,
	photoCountOf,
	setUpStudio,
	shoot,
	tileOf
} from '../support/studio.ts';

let server: ServerProcess;
let browser: Browser;
let page: Page;
let event: string;

beforeAll(async () => {
	server = await serverProcess();
	browser = await launch();
	page = await firstPage(await browser.newContext({ reducedMotion: 'reduce' }));
	await setUpStudio(page, server.url);
	event = await createEvent(page, 'Timket 2026');
	await page
		.getByLabel('Import photos')
		.setInputFiles(([1, 2, 3, 4, 5, 6] as const).map(samplePhoto));
	await until('six photos', async () => (await photoCountOf(page)) === 6, 60_000);
	await until('it is saved', () => isSaved(page), 60_000);
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

const canvas = () => page.locator('.cull canvas').first();
const shown = () => canvas().getAttribute('data-shown');
const count = () => page.getByTestId('cull-count').innerText();
const pressed = (name: string) =>
	page.getByRole('button', { name, exact: true }).getAttribute('aria-pressed');
const at = (text: string) => until(text, async () => (await count()) === text);

it('opens from the event, and goes through it by keys', async () => {
	await page.getByRole('link', { name: 'Cull' }).click();
	await at('1 / 6');
	await until('the first is drawn', async () => (await shown()) !== null);
	const first = await shown();
	await page.keyboard.press('ArrowRight');
	await at('2 / 6');
	await until('another', async () => (await shown()) !== first);
	await page.keyboard.press('h');
	await at('1 / 6');
	await page.keyboard.press('End');
	await at('6 / 6');
	await page.keyboard.press('ArrowRight');
	await at('6 / 6');
	await page.keyboard.press('Home');
	await at('1 / 6');
});

it('marks by keys, takes marks back, and goes on by itself where that is wished', async () => {
	await page.keyboard.press('p');
	await page.keyboard.press('4');
	await page.keyboard.press('6');
	expect(await pressed('Pick P')).toBe('true');
	expect(await pressed('4 stars')).toBe('true');
	expect(await pressed('red')).toBe('true');
	await page.keyboard.press('6');
	expect(await pressed('red')).toBe('false');
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('x');
	expect(await pressed('Reject X')).toBe('true');
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('Control+z');
	// what was taken back is seen
	await at('2 / 6');
	expect(await pressed('Reject X')).toBe('false');
	await page.keyboard.press('a');
	await page.keyboard.press('x');
	await at('3 / 6');
	await page.keyboard.press('3');
	await at('4 / 6');
	await page.keyboard.press('a');
	await shoot(page, 'cull');
	expect(await violationsOf(page, 'culling')).toEqual([]);
});

it('comes close to faces, and compares', async () => {
	await page.keyboard.press('Home');
	await page.keyboard.press('f');
	await page.getByRole('button', { name: /^Look at face 1 of/ }).waitFor();
	await page.keyboard.press('z');
	expect(
		await page.getByRole('button', { name: /^Look at face 1 of/ }).getAttribute('aria-pressed')
	).toBe('true');
	await shoot(page, 'cull-face');
	// the one in the middle looks down
	const isFirst = () => page.locator('.cull canvas[aria-label="sample1.jpg"]').isVisible();
	for (let i = 0; i < 6 && !(await isFirst()); i++) await page.keyboard.press('ArrowRight');
	await page.getByRole('button', { name: /^Look at face \d of 3, eyes closed\?$/ }).waitFor();
	expect(await page.getByText('Closed?').count()).toBe(1);
	await shoot(page, 'cull-closed');
	await page.keyboard.press('Home');
	const before = await count();
	await page.getByRole('button', { name: 'Only this face' }).click();
	await until('fewer', async () => Number((await count()).split('/')[1]) < 6);
	await page.getByRole('button', { name: /^Filter/ }).click();
	await page.getByRole('button', { name: 'Show all' }).click();
	await at(before);
	await page.keyboard.press('Home');
	await page.keyboard.press('c');
	await until('two', async () => (await page.locator('.cull canvas').count()) === 2);
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('c');
	await until('three', async () => (await page.locator('.cull canvas').count()) === 3);
	await shoot(page, 'cull-compare');
	expect(await violationsOf(page, 'comparing')).toEqual([]);
	await page.keyboard.press('n');
	await until('all six', async () => (await page.locator('.cull canvas').count()) === 6);
	await page.keyboard.press('Escape');
	await page.keyboard.press('?');
	await page.getByText('Survey nine at once').waitFor();
	await page.keyboard.press('Escape');
	await page.keyboard.press('f');
});

it('goes through those that fit a filter; what is marked meanwhile stays until it is asked', async () => {
	const filter = page.getByRole('button', { name: /^Filter( · on)?$/ });
	await page.keyboard.press('Home');
	await filter.click();
	await page.getByLabel('Flag').selectOption('none');
	await at('1 / 4');
	await filter.click();
	await page.keyboard.press('p');
	await at('1 / 4');
	await page.getByRole('button', { name: 'Filter anew' }).click();
	await at('1 / 3');
	await filter.click();
	await page.getByRole('button', { name: 'Show all' }).click();
	await until('all', async () => (await count()).endsWith('/ 6'));
	await filter.click();
	await page.keyboard.press('Control+z');
});

it('shows what the client chose beside the stars, and goes through that alone', async () => {
	const filter = page.getByRole('button', { name: /^Filter( · on)?$/ });
	await page.keyboard.press('End');
	await page.keyboard.press('v');
	expect(await pressed('Favourite of the client')).toBe('true');
	await page.locator('.strip', { hasText: '♥' }).waitFor();
	// the filter is open still
	await page.getByLabel(/^Client/).selectOption({ label: 'Favourites' });
	await at('1 / 1');
	await shoot(page, 'cull-favourites');
	await page.getByLabel(/^Client/).selectOption({ label: 'All' });
	await page.getByLabel(/^Words/).fill('SAMPLE3');
	await page.getByLabel(/^Words/).press('Enter');
	await at('1 / 1');
	await page.getByRole('button', { name: 'Show all' }).click();
	await until('all', async () => (await count()).endsWith('/ 6'));
	await filter.click();
	await page.keyboard.press('Control+z');
	expect(await pressed('Favourite of the client')).toBe('false');
});

it('two people mark one photo without a network, and both marks stay', async () => {
	const other = await browser.newContext({ storageState: await page.context().storageState() });
	const second = await firstPage(other);
	await second.goto(`${event}/cull`);
	await second.locator('canvas[data-shown]').waitFor();
	await page.keyboard.press('Home');
	await page.context().setOffline(true);
	await other.setOffline(true);
	await page.keyboard.press('2');
	await second.keyboard.press('8');
	await page.context().setOffline(false);
	await other.setOffline(false);
	for (const each of [page, second]) {
		await each.evaluate(() => window.dispatchEvent(new Event('online')));
		await each.locator('button[aria-label="2 stars"][aria-pressed="true"]').waitFor();
		await each.locator('button[aria-label="green"][aria-pressed="true"]').waitFor();
	}
	await other.close();
}, 60_000);

it('works by touch on a phone', async () => {
	await page.setViewportSize({ width: 390, height: 844 });
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
	await page.getByRole('button', { name: 'Pick', exact: false }).first().click();
	await page.getByRole('button', { name: 'Photo 3' }).click();
	await at('3 / 6');
	const box = (await canvas().boundingBox())!;
	await canvas().dispatchEvent('pointerdown', {
		clientX: box.x + 300,
		clientY: box.y + 200,
		pointerType: 'touch'
	});
	await canvas().dispatchEvent('pointermove', {
		clientX: box.x + 100,
		clientY: box.y + 200,
		pointerType: 'touch'
	});
	await canvas().dispatchEvent('pointerup', {
		clientX: box.x + 100,
		clientY: box.y + 200,
		pointerType: 'touch'
	});
	await at('4 / 6');
	await page.setViewportSize({ width: 1440, height: 900 });
});

it('goes back to the grid, where the marks are', async () => {
	await page.keyboard.press('Home');
	await page.keyboard.press('g');
	await page.getByTestId('grid').waitFor();
	await tileOf(page, 'group-1.jpg')
		.or(page.getByTestId('grid').getByRole('button').first())
		.first()
		.waitFor();
	expect(
		await page
			.getByTestId('grid')
			.getByRole('button', { name: /rejected/ })
			.count()
	).toBe(1);
});

it('takes marks from sidecars, and gives them to other programs', async () => {
	const jpeg = stamped(readFileSync(samplePhoto(2)), 77, '2026-01-19T12:00:00');
	const xmp = writeXmp({ rating: 5, label: 'purple', keywords: ['from Lightroom'] });
	await page.getByLabel('Import photos').setInputFiles([
		{ name: 'IMG_0077.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(jpeg) },
		{ name: 'IMG_0077.xmp', mimeType: 'application/rdf+xml', buffer: Buffer.from(xmp) },
		{ name: 'other.xmp', mimeType: 'application/rdf+xml', buffer: Buffer.from(xmp) }
	]);
	await until('seven photos', async () => (await photoCountOf(page)) === 7, 60_000);
	await tileOf(page, 'IMG_0077.jpg, 5 stars').waitFor();
	await page.getByRole('button', { name: '1 could not be taken' }).click();
	await page.getByText('No photo of this name was chosen with this XMP sidecar.').waitFor();
	await page.getByRole('button', { name: 'More for this event' }).click();
	const download = page.waitForEvent('download');
	await page.getByText('Download XMP sidecars').click();
	const zip = readFileSync((await (await download).path())!).toString('utf8');
	expect(zip).toContain('IMG_0077.xmp');
	expect(zip).toContain('xmp:Label="Purple"');
	expect(zip).toContain('from Lightroom');
});

it('suggests the best of a burst, says why, and keeps it alone when that is wished', async () => {
	const base = readFileSync(samplePhoto(5));
	const blurred = await sharp(base).blur(8).jpeg().toBuffer();
	const shifted = await sharp(base)
		.extract({ left: 24, top: 16, width: 1880, height: 1370 })
		.jpeg()
		.toBuffer();
	const burst = [blurred, base, shifted].map((jpeg, i) => ({
		name: `BURST_${i}.jpg`,
		mimeType: 'image/jpeg',
		buffer: Buffer.from(stamped(jpeg, 500 + i, `2026-01-19T17:03:2${i}`))
	}));
	// one of them has its RAW beside it
	const [, , last] = burst;
	const thumb = await sharp(last!.buffer).resize(160).jpeg().toBuffer();
	const raw = rawFile('nef', new Uint8Array(last!.buffer), new Uint8Array(thumb), 60_000, 1);
	await page
		.getByLabel('Import photos')
		.setInputFiles([...burst, { name: 'BURST_2.NEF', mimeType: '', buffer: Buffer.from(raw) }]);
	await page.getByText('in 11 files').waitFor({ timeout: 60_000 });
	expect(await photoCountOf(page)).toBe(10);
	await page.getByRole('link', { name: 'Cull' }).click();
	await page.locator('canvas[data-shown]').waitFor();
	await page.keyboard.press('b');
	await page.getByText('Burst 1 of 1').waitFor();
	expect(await page.locator('.cull canvas').count()).toBe(3);
	expect(await page.locator('.pane', { hasText: 'Best' }).innerText()).not.toContain('BURST_0');
	await page.getByText(/Best: \d+/).waitFor();
	// everybody looks into the camera; it was looked at, and not guessed
	await page.getByText(/eyes open (100|9\d)/).waitFor();
	await shoot(page, 'cull-burst');
	expect(await violationsOf(page, 'a burst')).toEqual([]);
	await page.keyboard.press('k');
	await until('marked', async () => (await page.locator('.pane', { hasText: '✕' }).count()) === 2);
	expect(await page.locator('.pane', { hasText: '✓' }).innerText()).toContain('Best');
	await page.keyboard.press('Control+z');
	await until(
		'taken back',
		async () => (await page.locator('.pane', { hasText: '✕' }).count()) === 0
	);
	// what the client chose is not rejected with the rest; the first is the blurred one
	await page.keyboard.press('ArrowLeft');
	await page.keyboard.press('v');
	await page.keyboard.press('k');
	await until('one is', async () => (await page.locator('.pane', { hasText: '✕' }).count()) === 1);
	await page.keyboard.press('Control+z');
	await page.keyboard.press('Control+z');
	await until(
		'taken back too',
		async () => (await page.locator('.pane', { hasText: '✕' }).count()) === 0
	);
	// it names shots, so that the burst is found again
	expect(await page.locator('.cull canvas').count()).toBe(3);
	await page.keyboard.press('Escape');
	await page.locator('.pane').first().waitFor({ state: 'detached' });
});

it('has RAW and JPEG of one shot as one photo, in the event too', async () => {
	await page.goto(event);
	const jpeg = stamped(readFileSync(samplePhoto(3)), 900, '2026-01-19T17:03:22');
	const thumb = await sharp(jpeg).resize(160).jpeg().toBuffer();
	const raw = rawFile('nef', jpeg, new Uint8Array(thumb), 60_000, 1);
	await page.getByLabel('Import photos').setInputFiles([
		{ name: 'DSC_9.NEF', mimeType: '', buffer: Buffer.from(raw) },
		{ name: 'DSC_9.JPG', mimeType: 'image/jpeg', buffer: Buffer.from(jpeg) }
	]);
	await page.getByText('in 13 files').waitFor();
	expect(await photoCountOf(page)).toBe(11);
	const tile = tileOf(page, 'DSC_9.JPG, RAW + JPEG');
	await tile.scrollIntoViewIfNeeded();
	await shoot(page, 'event-pair');
	await tile.click();
	await page.keyboard.press('p');
	await page.keyboard.press('i');
	await page.getByText('DSC_9.NEF, ').waitFor();
	// words are words here, and no keys: 'x' rejects nothing
	await page.getByLabel('Caption').fill('The finish, next to last');
	await page.getByLabel('Keywords').fill('run, finish, Run');
	await page.getByLabel('Person or bib number').pressSequentially('x 1042');
	await page.keyboard.press('Escape');
	await page.getByText('Person or bib number · by you').waitFor();
	expect(await page.getByLabel('Keywords').inputValue()).toBe('run, finish');
	expect(await page.getByTestId('said').innerText()).toMatch(/^Flag\s+Picked · by you$/);
	await shoot(page, 'event-pair-info');
	await page.keyboard.press('Control+z');
	await page.getByText('Person or bib number · by you').waitFor({ state: 'detached' });
	expect(await page.getByLabel('Person or bib number').inputValue()).toBe('');
	await page.keyboard.press('Delete');
	await until('both are gone', async () => (await photoCountOf(page)) === 10);
	await page.getByText('in 11 files').waitFor();
	await page.keyboard.press('Escape');
	await page.goto(`${server.url}/admin/trash`);
	for (const name of ['DSC_9.JPG', 'DSC_9.NEF']) await page.getByText(name).first().waitFor();
	await page.goto(event);
	await until('they stay away', async () => (await photoCountOf(page)) === 10);
}, 90_000);

it('gives photos their bib numbers one after the other', async () => {
	await page.goto(event);
	await page.getByTestId('grid').getByRole('button').first().click();
	await page.keyboard.press('i');
	const number = page.getByLabel('Person or bib number');
	await number.fill('1042');
	await number.press('Enter');
	await page.getByText('2 / 10').waitFor();
	await until('the next is empty', async () => (await number.inputValue()) === '');
	// typed where the hands are
	await page.keyboard.type('77');
	await page.keyboard.press('Enter');
	await page.getByText('3 / 10').waitFor();
	await until('empty again', async () => (await number.inputValue()) === '');
	await page.keyboard.press('Escape');
	await page.keyboard.press('ArrowLeft');
	await until('the second', async () => (await number.inputValue()) === '77');
	await page.keyboard.press('ArrowLeft');
	await until('the first', async () => (await number.inputValue()) === '1042');
	await shoot(page, 'numbers');
	await page.keyboard.press('Control+z');
	await page.keyboard.press('Control+z');
	await until('taken back', async () => (await number.inputValue()) === '');
});
