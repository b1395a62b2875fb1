// A browser killed in the middle of culling: what its page called saved is at the server, and what it called kept on this
// device is there when the page is opened again, with a network and without one.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { killProfile, launchProfile } from '../support/browser.ts';
import { openStockClient, photoFacts, until } from '../support/client.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import {
	createEvent,
	firstPage,
	installed,
	isSaved,
	photoCountOf,
	setUpStudio,
	statusOf
} from '../support/studio.ts';

const ROUNDS = Number(process.env['AURA_ROUNDS'] ?? 3);
const PHOTOS = 30;
/** Photos that are rated before it is waited, and those rated while the browser dies. */
const CLAIMED = 20;
const DYING = 8;
const id = (index: number) => index.toString(16).padStart(32, '0');

let server: ServerProcess;
let profile: string;
let laptop: BrowserContext;
let page: Page;
let url: string;
let document: string;
let cookie: string;

beforeAll(async () => {
	server = await serverProcess();
	profile = mkdtempSync(join(tmpdir(), 'aura-tab-'));
	laptop = await launchProfile(profile);
	page = await firstPage(laptop);
	await setUpStudio(page, server.url);
	url = await createEvent(page, 'Culling');
	document = `event/${url.split('/').at(-1)!}`;
	const [session] = (await laptop.cookies()).filter(({ name }) => name === 'aura_session');
	cookie = `aura_session=${session!.value}`;
	const { user } = (await (
		await fetch(`${server.url}/api/auth/me`, { headers: { cookie } })
	).json()) as { user: { id: string } };
	const client = openStockClient(server.url, cookie, document, {});
	await client.synced;
	client.doc.transact(() => {
		for (let i = 0; i < PHOTOS; i++)
			client.doc.getMap('photos').set(id(i), photoFacts(user.id, { name: `P${id(i)}.JPG` }));
	});
	await until('the photos', async () => (await photoCountOf(page)) === PHOTOS);
	client.destroy();
	await until('saved', () => isSaved(page), 60_000);
	await installed(page);
}, 120_000);
afterAll(async () => {
	killProfile(profile);
	await laptop?.close().catch(() => undefined);
	await server?.remove();
	rmSync(profile, { recursive: true, force: true });
});

type Ratings = (number | undefined)[];
/** Rates photos `from` to `to` in the loupe, which stands at `from`. */
async function rate(round: number, from: number, to: number): Promise<void> {
	for (let at = from; at < to; at++) {
		await page.keyboard.press(String(ratingOf(round, at)));
		await page.keyboard.press('ArrowRight');
	}
}
const ratingOf = (round: number, at: number) => ((round + at) % 5) + 1;
/** What photos are rated when the first ones of a round were. */
const after = (before: Ratings, round: number, count: number): Ratings =>
	before.map((rating, at) => (at < count ? ratingOf(round, at) : rating));

async function openLoupe(): Promise<void> {
	await page.getByTestId('grid').getByRole('button').first().click();
	await page.getByRole('dialog').waitFor();
}
async function atServer(): Promise<Ratings> {
	const eye = openStockClient(server.url, cookie, document);
	await eye.synced;
	const marks = eye.doc.getMap('marks');
	const ratings = Array.from(
		{ length: PHOTOS },
		(_, i) => marks.get(`${id(i)}/rating`) as number | undefined
	);
	eye.destroy();
	return ratings;
}
async function killAndReturn(): Promise<void> {
	killProfile(profile);
	await laptop.close().catch(() => undefined);
	laptop = await launchProfile(profile);
	// the browser writes its cookies every half a minute
	const [name, value] = cookie.split('=') as [string, string];
	await laptop.addCookies([{ name, value, url: server.url }]);
	page = await firstPage(laptop);
}

it(`loses nothing over ${ROUNDS} kills`, async () => {
	let lastSeen: Ratings = [];
	for (let round = 0; round < ROUNDS; round++) {
		const isOffline = round % 2 === 1;
		if (isOffline) {
			await until('saved', () => isSaved(page), 60_000);
			await server.stop();
			await until('offline', async () => (await statusOf(page)).startsWith('Offline'), 40_000);
		}
		const before = await (isOffline ? lastSeen : atServer());
		await openLoupe();
		await rate(round, 0, CLAIMED);
		if (isOffline)
			await until('all of it kept', async () => (await statusOf(page)).includes('20 changes'));
		else await until('saved', () => isSaved(page), 60_000);
		// and it dies while more is made
		await rate(round, CLAIMED, CLAIMED + DYING);
		await killAndReturn();
		if (isOffline) await server.start();
		await page.goto(url);
		await until('the photos', async () => (await photoCountOf(page)) === PHOTOS, 60_000);
		await until('saved', () => isSaved(page), 60_000);
		// what was made in the last moment may be gone, nothing before it
		lastSeen = await atServer();
		const possible = Array.from({ length: DYING + 1 }, (_, more) =>
			after(before, round, CLAIMED + more)
		);
		expect(possible).toContainEqual(lastSeen);
	}
}, 900_000);

it('says so when the storage of this device has lost a part, and goes on with the rest', async () => {
	await page.goto(url);
	await until('saved', () => isSaved(page), 60_000);
	await server.stop();
	await until('offline', async () => (await statusOf(page)).startsWith('Offline'), 40_000);
	await openLoupe();
	await page.keyboard.press('p');
	await until('the first kept', async () => (await statusOf(page)).includes('1 change'));
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('p');
	await until('both kept', async () => (await statusOf(page)).includes('2 changes'));
	await page.evaluate(async () => {
		const { name } = (await indexedDB.databases()).find((each) => each.name!.startsWith('aura-'))!;
		const database = await new Promise<IDBDatabase>((done) => {
			const request = indexedDB.open(name!);
			request.onsuccess = () => done(request.result);
		});
		const rows = database.transaction('updates', 'readwrite').objectStore('updates');
		await new Promise<void>((done) => {
			rows.openCursor(null, 'prev').onsuccess = ({ target }) => {
				const cursor = (target as IDBRequest<IDBCursorWithValue>).result;
				const row = cursor.value as { bytes: Uint8Array };
				row.bytes[row.bytes.length - 1]! ^= 255;
				cursor.update(row).onsuccess = () => done();
			};
		});
		database.close();
	});
	await page.goto(`${server.url}/account/kept`);
	await page.getByText('One stored change cannot be read any more').waitFor();
	await page.goto(url);
	await until('the one that is left', async () => (await statusOf(page)).includes('1 change'));
	await server.start();
	await until('saved', () => isSaved(page), 60_000);
}, 120_000);
