// Another face model, from the page of whoever runs the installation to a guest's phone.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSidecar } from '#shared/faces/sidecar.ts';
import { launchProfile } from '../support/browser.ts';
import { until } from '../support/client.ts';
import { otherModel } from '../support/face-models.ts';
import { PHONE, eventWithGuest, openPhone, publish } from '../support/guest.ts';
import { violationsOf } from '../support/pages.ts';
import { samplePhoto } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import { firstPage, isSaved, photoCountOf, shoot } from '../support/studio.ts';

const { bytes, manifest } = otherModel();
let server: ServerProcess;
let folder: string;
let studio: BrowserContext;
let page: Page;
let phone: Browser;
let event: string;
let guestUrl: string;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'aura-models-'));
	writeFileSync(join(folder, 'other.onnx'), bytes);
	server = await serverProcess();
	studio = await launchProfile(join(folder, 'studio'));
	page = await firstPage(studio);
	await eventWithGuest(page, server.url, 'Timket 2026');
	event = page.url();
	guestUrl = await publish(page);
	phone = await openPhone(folder);
}, 180_000);
afterAll(async () => {
	await phone?.close();
	await studio?.close();
	await server?.remove();
	rmSync(folder, { recursive: true, force: true });
});

it('is added with its licence, and refused while it is another file', async () => {
	await page.goto(`${server.url}/superadmin`);
	await page.getByRole('button', { name: 'Add a model' }).click();
	const dialog = page.getByRole('dialog', { name: 'Add a model' });
	await shoot(page, 'face-model-add');
	expect(await violationsOf(page, 'add a model')).toEqual([]);
	await dialog.getByLabel('Which').selectOption('own');
	await dialog.getByLabel('Name').fill(manifest.name);
	await dialog.getByLabel('Where it comes from').fill('Our own tests');
	await dialog.getByLabel('SHA-256 of the file').fill(manifest.sha256);
	await dialog.getByLabel('Licence', { exact: true }).fill(manifest.licence);
	await dialog.getByLabel('Text of the licence').fill(manifest.licenceText);
	const { side, channels, mean, scale, alignment, dimensions, threshold } = manifest;
	await dialog.getByText('How a face is given to it').click();
	await dialog
		.getByLabel('Input, output and threshold, as JSON')
		.fill(JSON.stringify({ side, channels, mean, scale, alignment, dimensions, threshold }));
	await dialog.getByLabel(/I have read the licence/).check();
	await dialog.getByRole('button', { name: 'Add', exact: true }).click();
	await page.getByText('its file is not here yet').waitFor();
	const send = page.getByLabel('Send the file…');
	await send.setInputFiles({
		...{ name: 'wrong.onnx', mimeType: 'application/octet-stream' },
		buffer: Buffer.from('another file')
	});
	await page.getByText(/This is another file/).waitFor();
	await send.setInputFiles(join(folder, 'other.onnx'));
	await page.getByText(/512 numbers · [67][.0-9]* MB/).waitFor();
	await shoot(page, 'face-models');
	expect(await violationsOf(page, 'face models')).toEqual([]);
}, 60_000);

it('is chosen by the studio, which is told when all faces are made anew', async () => {
	await page.goto(`${server.url}/admin/settings`);
	await page.getByText('What its licence says').click();
	await page.getByText(manifest.licenceText).waitFor();
	await page.getByRole('button', { name: 'Use it' }).click();
	await page.getByText('of 2 photos made anew').waitFor();
	await shoot(page, 'face-model-changing');
	const item = page.getByRole('listitem').filter({ hasText: manifest.name });
	await item.getByText('in use').waitFor({ timeout: 30_000 });
	await shoot(page, 'face-model-in-use');
	expect(await violationsOf(page, 'settings')).toEqual([]);
}, 60_000);

it('is checked on faces of the studio', async () => {
	await page.getByRole('button', { name: 'Check it on our faces…' }).click();
	const dialog = page.getByRole('dialog', { name: 'Check it on our faces' });
	await dialog.getByText(/1 of \d+/).waitFor();
	expect(await violationsOf(page, 'calibration')).toEqual([]);
	await shoot(page, 'face-model-pair');
	const pairs = Number(/of (\d+)/.exec(await dialog.getByRole('status').innerText())![1]);
	// by the keys: the guest is in both photos, and everybody else is in one
	for (let n = 0; n < pairs; n++) await page.keyboard.press(n % 2 ? 'd' : 'n');
	await dialog.getByText(/These answers part nothing/).waitFor();
	await page.keyboard.press('Escape');
});

it('is what the device searches and finds with', async () => {
	await page.goto(event);
	await page.getByRole('button', { name: 'People' }).click();
	const people = page.getByTestId('people').getByRole('button');
	await people.first().waitFor();
	await until('the guest is one person', async () => {
		const labels = await people.evaluateAll((all) => all.map((each) => each.ariaLabel));
		return labels.filter((label) => label?.endsWith('on 2 photos')).length === 1;
	});
	await page.getByLabel('Import photos').setInputFiles([samplePhoto(5)]);
	await until('the photo', async () => (await photoCountOf(page)) === 3, 60_000);
	await until('saved', () => isSaved(page), 60_000);
	const models = await modelsHere();
	expect(models).toHaveLength(3);
	expect(models.every((model) => model.startsWith(manifest.name))).toBe(true);
}, 90_000);

/** What the faces of photos on this device were found with. */
async function modelsHere(): Promise<string[]> {
	const rows = await page.evaluate(async () => {
		const name = (await indexedDB.databases()).find((each) => each.name?.startsWith('aura'))!.name!;
		const database = await new Promise<IDBDatabase>((resolve) => {
			const opening = indexedDB.open(name);
			opening.onsuccess = () => resolve(opening.result);
		});
		return new Promise<number[][]>((resolve) => {
			const all = database.transaction('sidecars').objectStore('sidecars').getAll();
			all.onsuccess = () =>
				resolve((all.result as { bytes: Uint8Array }[]).map((row) => [...row.bytes]));
		});
	});
	return rows.map((row) => readSidecar(Uint8Array.from(row), 'any').model);
}

it('is what a guest is found with, on their own phone', async () => {
	const context = await phone.newContext(PHONE);
	const guest = await firstPage(context);
	const asked: string[] = [];
	guest.on('request', (request) => asked.push(new URL(request.url()).pathname));
	await guest.goto(guestUrl);
	await guest.getByText(/Loads about/).waitFor();
	await guest.getByRole('button', { name: 'I agree, find my photos' }).click();
	await guest.getByText('Good. Press the button').waitFor({ timeout: 60_000 });
	await guest.getByRole('button', { name: 'Take the selfie' }).click();
	await guest
		.getByRole('heading', { name: 'We found 2 photos of you' })
		.waitFor({ timeout: 30_000 });
	expect(asked.some((path) => path.startsWith(`/models/added/${manifest.name}`))).toBe(true);
	expect(asked.some((path) => path.includes('dlib'))).toBe(false);
	await context.close();
}, 90_000);

it('makes room for another: faces that were not sent yet are found anew on the device', async () => {
	await page.goto(`${server.url}/account/transfers`);
	await page.getByRole('button', { name: 'Pause' }).click();
	await page.getByRole('button', { name: 'Resume' }).waitFor();
	await page.goto(event);
	await page.getByLabel('Import photos').setInputFiles([samplePhoto(6)]);
	await until('the photo', async () => (await photoCountOf(page)) === 4, 60_000);
	const ofOther = (models: string[]) => models.filter((id) => id.startsWith(manifest.name)).length;
	await until('its faces', async () => ofOther(await modelsHere()) === 4, 60_000);
	await page.goto(`${server.url}/admin/settings`);
	await page.getByRole('button', { name: 'Use it' }).click();
	const item = page.getByRole('listitem').filter({ hasNotText: manifest.name });
	await item.getByText('in use').waitFor({ timeout: 60_000 });
	await page.goto(event);
	await until('its faces anew', async () => ofOther(await modelsHere()) === 3, 90_000);
	await page.goto(`${server.url}/account/transfers`);
	await page.getByRole('button', { name: 'Resume' }).click();
	await page.getByText('Everything on this device has reached the server.').waitFor();
	// the others are the server's to make anew
	await page.goto(event);
	await page.getByRole('button', { name: 'People' }).click();
	await until('all faces', async () => ofOther(await modelsHere()) === 0, 60_000);
	expect(new Set(await modelsHere()).size).toBe(1);
}, 240_000);
