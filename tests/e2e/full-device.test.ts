// Every write of the browser's database fails, one kind after the other, as it does on a device without room: nothing that
// was imported, edited or asked for is lost, it is said, and it goes on when there is room.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { launch } from '../support/browser.ts';
import { until } from '../support/client.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import {
	createEvent,
	firstPage,
	isSaved,
	photoCountOf,
	setUpStudio,
	statusOf
} from '../support/studio.ts';

let server: ServerProcess;
let browser: Browser;
let page: Page;
let photos = 0;

/** In the page: kinds of writes that fail now, and how many did. */
interface Fault {
	stores: string[];
	failed: number;
}
declare global {
	interface Window {
		fault: Fault;
	}
}

beforeAll(async () => {
	server = await serverProcess();
	browser = await launch();
	const context = await browser.newContext({ reducedMotion: 'reduce' });
	await context.addInitScript(() => {
		const fault: Fault = (window.fault = { stores: [], failed: 0 });
		for (const method of ['put', 'add'] as const) {
			const real = IDBObjectStore.prototype[method];
			IDBObjectStore.prototype[method] = function (this: IDBObjectStore, ...given) {
				if (fault.stores.includes(this.name)) {
					fault.failed++;
					throw new DOMException('No room.', 'QuotaExceededError');
				}
				return real.apply(this, given);
			};
		}
	});
	page = await firstPage(context);
	await setUpStudio(page, server.url);
	await createEvent(page, 'Full');
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

/** A small photo that nobody imported before. */
async function fresh(): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
	const shade = { r: (photos * 37) % 255, g: (photos * 91) % 255, b: 90 + photos };
	const picture = { width: 640, height: 480, channels: 3 as const, background: shade };
	const buffer = await sharp({ create: picture }).jpeg().toBuffer();
	return { name: `full-${photos}.jpg`, mimeType: 'image/jpeg', buffer };
}
const choose = async (file: Awaited<ReturnType<typeof fresh>>) =>
	page.getByLabel('Import photos').setInputFiles([file]);
const arm = (stores: string[]) =>
	page.evaluate((names) => {
		window.fault.stores = names;
		window.fault.failed = 0;
	}, stores);
const failed = () => page.evaluate(() => window.fault.failed);

describe('a device without room for', () => {
	it.each([
		['photos that were chosen', 'imports'],
		['names of files', 'files'],
		['faces', 'sidecars'],
		['what is to be sent', 'transfers'],
		['edits', 'updates'],
		['what is known of documents', 'replicas'],
		['settings', 'settings'],
		['anything', 'imports files sidecars transfers updates replicas settings receipts commands']
	])(
		'%s',
		async (_, stores) => {
			const file = await fresh();
			await arm(stores.split(' '));
			await choose(file);
			const tile = page.getByTestId('grid').getByRole('button').first();
			const rating = (photos % 5) + 1;
			if (photos > 0) {
				await tile.focus();
				await page.keyboard.press(String(rating));
			}
			await new Promise((done) => setTimeout(done, 2_000));
			// it is said, unless nothing of this was written
			if ((await failed()) > 0 && stores !== 'settings' && stores !== 'receipts')
				await until(`it is said for ${stores}`, async () => (await statusOf(page)) !== 'Saved');
			await arm([]);
			// people make room and go on; what was not taken in at all is chosen again
			await page
				.getByRole('button', { name: 'Resume' })
				.click({ timeout: 1_000 })
				.catch(() => undefined);
			const isThere = async () => (await photoCountOf(page)) === photos + 1;
			await until('the photo by itself', isThere, 4_000).catch(() => choose(file));
			await until('the photo', isThere, 30_000);
			await until('saved', () => isSaved(page), 30_000);
			if (photos > 0) expect(await tile.getAttribute('aria-label')).toContain(`${rating} star`);
			photos++;
			await page.reload();
			await until('all after a reload', async () => (await photoCountOf(page)) === photos, 20_000);
			await until('saved still', () => isSaved(page), 30_000);
			if (photos > 1) expect(await tile.getAttribute('aria-label')).toContain(`${rating} star`);
		},
		120_000
	);
});
