import {
	copyFileSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	truncateSync,
	writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page, Route } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killProfile, launch, launchProfile } from '../support/browser.ts';
import { until } from '../support/client.ts';
import { samplePhoto } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import {
	createEvent,
	faceCountOf,
	firstPage,
	installed,
	isSaved,
	photoCountOf,
	setUpStudio,
	shoot,
	signIn,
	statusOf,
	tileOf,
	undevelopedOn
} from '../support/studio.ts';

let server: ServerProcess;
let folder: string;
let profile: string;
let laptop: BrowserContext;
let page: Page;
let signedInAt = 0;
/** Chromium writes cookies down half a minute after they were set: a browser that is killed before is signed out. */
const COOKIES_MS = 35_000;

/** A real photo with some pixels changed: the same people, another content. */
async function variant(n: number): Promise<string> {
	const file = join(folder, `variant-${n}.jpg`);
	const { data, info } = await sharp(samplePhoto(((n % 6) + 1) as 1))
		.raw()
		.toBuffer({ resolveWithObject: true });
	data[n] = (data[n]! + 101) % 256;
	const { width, height, channels } = info;
	await sharp(data, { raw: { width, height, channels } }).jpeg({ quality: 88 }).toFile(file);
	return file;
}

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'aura-bad-'));
	profile = join(folder, 'profile');
	server = await serverProcess();
	laptop = await launchProfile(profile);
	page = await firstPage(laptop);
	await setUpStudio(page, server.url);
	signedInAt = Date.now();
}, 120_000);
afterAll(async () => {
	await laptop?.close().catch(() => undefined);
	await server?.remove();
	rmSync(folder, { recursive: true, force: true });
});

const toAdmin = () => page.goto(`${server.url}/admin`);
const importFiles = (files: string[] | { name: string; mimeType: string; buffer: Buffer }[]) =>
	page.getByLabel('Import photos').setInputFiles(files as string[]);

describe('files that cameras do not make', () => {
	it('each get a plain answer, and the photos among them are taken in', async () => {
		await createEvent(page, 'Bad files');
		const jpeg = readFileSync(samplePhoto(1));
		const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'image/jpeg', buffer });
		const bomb = Buffer.alloc(64);
		bomb.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
		bomb.writeUInt32BE(60_000, 16);
		bomb.writeUInt32BE(60_000, 20);
		await importFiles([
			file('empty.jpg', Buffer.alloc(0)),
			file('notes.jpg', Buffer.from('these are no pixels, whatever the name says')),
			file(
				'page.png',
				Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
			),
			file('bomb.png', bomb),
			file('cut.jpg', readFileSync(samplePhoto(2)).subarray(0, 120_000)),
			file('ጥምቀት 📷 \u202egpj.evil.jpg', jpeg),
			file('same photo, other name.jpg', jpeg),
			file('..\\..\\windows\\CON.jpg', readFileSync(samplePhoto(3)))
		]);
		await until('three photos', async () => (await photoCountOf(page)) === 3, 60_000);
		await page.getByRole('button', { name: '4 could not be taken' }).click();
		await page.getByTestId('import-panel').locator('li').nth(3).waitFor();
		const list = await page.getByTestId('import-panel').locator('li').allInnerTexts();
		expect(list.join('\n')).toMatch(/empty\.jpg\s+The file is empty/);
		expect(list.join('\n')).toMatch(/notes\.jpg\s+Not a photo/);
		expect(list.join('\n')).toMatch(/page\.png\s+Not a photo/);
		expect(list.join('\n')).toMatch(/bomb\.png\s+It claims more pixels/);
		await page.getByText('1 already here').first().waitFor();
		await tileOf(page, 'CON.jpg').waitFor();
		expect(await tileOf(page, 'cut.jpg').getAttribute('aria-label')).toMatch(/damaged/i);
		await until('saved', () => isSaved(page), 60_000);
	}, 120_000);

	it('a file of 300 MB is taken in whole', async () => {
		await toAdmin();
		await createEvent(page, 'Huge');
		const huge = join(folder, 'huge.jpg');
		copyFileSync(samplePhoto(4), huge);
		truncateSync(huge, 300 * 1024 ** 2);
		await importFiles([huge]);
		const hasAll = async () => (await photoCountOf(page)) === 1 && (await faceCountOf(page)) === 4;
		await until('the photo with its faces', hasAll, 90_000);
		await until('saved', () => isSaved(page), 150_000);
	}, 280_000);
});

describe('crashes', () => {
	it('a browser that is killed during import goes on where it was', async () => {
		await new Promise((done) => setTimeout(done, signedInAt + COOKIES_MS - Date.now()));
		await toAdmin();
		const url = await createEvent(page, 'Killed');
		await installed(page);
		const files = await Promise.all(Array.from({ length: 12 }, (_, i) => variant(i)));
		await importFiles(files);
		// the bytes of all are on the device, and the first ones are developed
		await until('some photos', async () => (await photoCountOf(page)) >= 2, 60_000);
		killProfile(profile);
		await laptop.close().catch(() => undefined);
		laptop = await launchProfile(profile);
		page = await firstPage(laptop);
		await page.goto(url);
		await until(
			'everything that was copied',
			async () => {
				const left = await page.getByText(/not copied before the page closed/).isVisible();
				if (!left) return (await photoCountOf(page)) === 12;
				await importFiles(files); // choosing them again is what the panel says
				return false;
			},
			90_000
		);
		await until('saved', () => isSaved(page), 60_000);
		expect(await photoCountOf(page)).toBe(12);
		await until('all faces', async () => (await faceCountOf(page)) === 44);
	}, 200_000);

	it('a server that is killed during uploads has every file whole afterwards', async () => {
		await toAdmin();
		const url = await createEvent(page, 'Server dies');
		const files = await Promise.all(Array.from({ length: 8 }, (_, i) => variant(100 + i)));
		await importFiles(files);
		for (let round = 0; round < 3; round++) {
			await until('something under way', async () => (await photoCountOf(page)) > round, 60_000);
			await server.stop('SIGKILL');
			await server.start();
		}
		await until('all photos', async () => (await photoCountOf(page)) === 8, 60_000);
		await until('saved', () => isSaved(page), 90_000);
		const event = url.split('/').pop()!;
		const { workspaces } = (await (
			await laptop.request.get(`${server.url}/api/auth/me`)
		).json()) as { workspaces: { id: string }[] };
		const base = `${server.url}/api/workspaces/${workspaces[0]!.id}/events/${event}/photos`;
		const { photos } = (await (await laptop.request.get(base)).json()) as {
			photos: { id: string; name: string }[];
		};
		for (const { id, name } of photos) {
			const bytes = await (await laptop.request.get(`${base}/${id}/files/original`)).body();
			expect(bytes.equals(readFileSync(join(folder, name))), name).toBe(true);
		}
	}, 240_000);
});

describe('a device that is full', () => {
	it('says so, loses nothing, and goes on when there is room', async () => {
		await toAdmin();
		await createEvent(page, 'Full');
		const files = await Promise.all(Array.from({ length: 4 }, (_, i) => variant(200 + i)));
		const cdp = await laptop.newCDPSession(page);
		const { usage } = await cdp.send('Storage.getUsageAndQuota', { origin: server.url });
		await cdp.send('Storage.overrideQuotaForOrigin', {
			origin: server.url,
			quotaSize: usage + 1_200_000
		});
		await importFiles(files);
		await page.getByText('This device is full').first().waitFor({ timeout: 60_000 });
		await cdp.send('Storage.overrideQuotaForOrigin', { origin: server.url });
		await page
			.getByRole('button', { name: 'Resume' })
			.click({ timeout: 2_000 })
			.catch(() => undefined);
		await importFiles(files);
		await until('all photos', async () => (await photoCountOf(page)) === 4, 60_000);
		await until('saved', () => isSaved(page), 60_000);
	}, 150_000);
});

describe('a session that expires while offline', () => {
	it('keeps the edits, asks to sign in, and sends them then', async () => {
		await toAdmin();
		await createEvent(page, 'Expired');
		await importFiles([samplePhoto(5)]);
		await until('the photo', async () => (await photoCountOf(page)) === 1, 60_000);
		await until('saved', () => isSaved(page), 60_000);
		const url = page.url();
		const cookie = (await laptop.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
		await server.stop('SIGKILL');
		await until('offline', async () => (await statusOf(page)).startsWith('Offline'), 40_000);
		await tileOf(page, 'sample5').focus();
		await page.keyboard.press('5');
		await until(
			'an edit that waits',
			async () => (await statusOf(page)) === 'Offline · 1 change on this device'
		);
		// the page must not reach the new server before its session has ended there
		await laptop.setOffline(true);
		await server.start();
		expect(
			(await fetch(`${server.url}/api/auth/logout`, { method: 'POST', headers: { cookie } })).status
		).toBe(204);
		await laptop.setOffline(false);
		await page.reload();
		await until(
			'the question',
			async () => (await statusOf(page)).startsWith('Sign in to send 1 change'),
			30_000
		);
		expect(await tileOf(page, 'sample5').getAttribute('aria-label')).toContain('5 stars');
		await page.getByRole('link', { name: /^Sign in to send/ }).click();
		await signIn(page);
		await page.waitForURL(url);
		await until('saved', () => isSaved(page), 30_000);
		expect(await tileOf(page, 'sample5').getAttribute('aria-label')).toContain('5 stars');
	}, 150_000);
});

describe('two tabs', () => {
	it('are paused together, until import is resumed in one of them', async () => {
		const browser = await launch();
		const context = await browser.newContext({ serviceWorkers: 'block' });
		let isSlow = true;
		const held: Route[] = [];
		await context.route(/photo\.worker.*\.js$/, (route) =>
			isSlow ? void held.push(route) : route.continue()
		);
		const one = await firstPage(context);
		await one.goto(`${server.url}/signin`);
		await signIn(one);
		const address = await createEvent(one, 'Two tabs');
		const other = await context.newPage();
		await other.goto(address);
		const photos = ([1, 2, 3, 4, 5, 6] as const).map(samplePhoto);
		await one.getByLabel('Import photos').setInputFiles(photos);
		await until('all are copied', async () => (await undevelopedOn(one)) === photos.length, 30_000);
		await other.getByRole('button', { name: 'Pause' }).click();
		await one.getByText('Import paused').waitFor();
		// those that were begun are finished, and no others are begun
		isSlow = false;
		for (const route of held) await route.continue();
		await until('some', async () => (await photoCountOf(one)) >= 3, 60_000);
		await one.reload();
		await one.getByText('Import paused').waitFor();
		await shoot(one, 'import-paused');
		expect(await undevelopedOn(one)).toBeGreaterThan(0);
		await one.getByRole('button', { name: 'Resume' }).click();
		await until('all', async () => (await photoCountOf(other)) === photos.length, 60_000);
		await until('saved', () => isSaved(other), 60_000);
		expect(await other.getByText('Import paused').count()).toBe(0);
		await browser.close();
	}, 200_000);
});

describe('a network that breaks before the engines are here', () => {
	it('takes photos in all the same, by what the browser has', async () => {
		const browser = await launch();
		const context = await browser.newContext({ serviceWorkers: 'block' });
		let refused = 0;
		await context.route(/webp_enc.*\.wasm$/, (route) => {
			refused++;
			return route.abort();
		});
		const other = await firstPage(context);
		await other.goto(`${server.url}/signin`);
		await signIn(other);
		await createEvent(other, 'No encoder');
		await other.getByLabel('Import photos').setInputFiles([samplePhoto(2)]);
		await until('the photo', async () => (await photoCountOf(other)) === 1, 60_000);
		await tileOf(other, 'sample2').locator('img').waitFor();
		expect(refused).toBeGreaterThan(0);
		await browser.close();
	}, 90_000);

	it('a slow one brings what finds faces once for all, and photos do not wait for it', async () => {
		const browser = await launch();
		const context = await browser.newContext({ serviceWorkers: 'block' });
		const held: Route[] = [];
		let isSlow = true;
		await context.route(/dlib-resnet/, (route) =>
			isSlow ? void held.push(route) : route.continue()
		);
		const other = await firstPage(context);
		await other.goto(`${server.url}/signin`);
		await signIn(other);
		await createEvent(other, 'Slow');
		await other
			.getByLabel('Import photos')
			.setInputFiles([samplePhoto(1), samplePhoto(2), samplePhoto(3)]);
		await other.getByText('Faces of 3 photos come later').waitFor({ timeout: 100_000 });
		await until('all else to be saved', () => isSaved(other), 30_000);
		await shoot(other, 'import-faces-later');
		expect(held).toHaveLength(1);
		isSlow = false;
		await held[0]!.continue();
		await until('faces', async () => (await faceCountOf(other)) === 9, 60_000);
		await other.getByText('come later').waitFor({ state: 'detached' });
		await until('them to be saved', () => isSaved(other), 30_000);
		await browser.close();
	}, 180_000);

	it('looks for faces when the network is back', async () => {
		const browser = await launch();
		const context = await browser.newContext({ serviceWorkers: 'block' });
		await context.route(/dlib-resnet/, (route) => route.abort());
		const other = await firstPage(context);
		await other.goto(`${server.url}/signin`);
		await signIn(other);
		await createEvent(other, 'Broken');
		await other.getByLabel('Import photos').setInputFiles([samplePhoto(2)]);
		await other.getByText('Faces of 1 photo come later').waitFor({ timeout: 60_000 });
		await context.unroute(/dlib-resnet/);
		// at once, and not when it would be tried again by itself
		const asked = context.waitForEvent('request', {
			predicate: (request) => request.url().includes('dlib-resnet'),
			timeout: 15_000
		});
		await other.evaluate(() => window.dispatchEvent(new Event('online')));
		await asked;
		await until('faces', async () => (await faceCountOf(other)) === 3, 60_000);
		await browser.close();
	}, 120_000);

	it.each([
		['what copies files', /copy\.worker.*\.js$/, true],
		['what develops photos', /photo\.worker.*\.js$/, false]
	])(
		'says that %s is missing, and goes on when it can be loaded',
		async (_, part, isChosenAgain) => {
			const browser = await launch();
			const context = await browser.newContext({ serviceWorkers: 'block' });
			await context.route(part, (route) => route.abort());
			const other = await firstPage(context);
			await other.goto(`${server.url}/signin`);
			await signIn(other);
			await createEvent(other, `Without ${part.source.slice(0, 4)}`);
			const choose = () => other.getByLabel('Import photos').setInputFiles([samplePhoto(2)]);
			await choose();
			await other.getByText('A part of Aura was never loaded').waitFor();
			await shoot(other, 'import-missing');
			await context.unroute(part);
			await other.getByRole('button', { name: 'Resume' }).click();
			if (isChosenAgain) await choose();
			await until('the photo', async () => (await photoCountOf(other)) === 1, 60_000);
			await until('its faces', async () => (await faceCountOf(other)) === 3, 60_000);
			expect(await other.getByText('A part of Aura').count()).toBe(0);
			await browser.close();
		},
		90_000
	);
});

it('leaves a log without surprises', () => {
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, 'server.log'), server.output());
	expect(server.output()).not.toContain('"level":"error"');
});
