import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchProfile } from '../support/browser.ts';
import { cropFace } from '../support/camera.ts';
import { until } from '../support/client.ts';
import {
	PHONE,
	eventWithGuest,
	guestFace,
	openPhone,
	publish,
	strangerFace
} from '../support/guest.ts';
import { samplePhoto } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import { firstPage, isSaved, shoot } from '../support/studio.ts';

let server: ServerProcess;
let folder: string;
let studio: BrowserContext;
let phone: Browser;
let guestUrl: string;
let event: string;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'aura-guests-'));
	server = await serverProcess();
	studio = await launchProfile(join(folder, 'studio'));
	const page = await firstPage(studio);
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

it('lets a guest send a small picture instead of loading what looks at it', async () => {
	const context = await phone.newContext(PHONE);
	const guest = await firstPage(context);
	const bodies: string[] = [];
	const loaded: string[] = [];
	guest.on('request', (request) => {
		if (request.method() === 'GET') loaded.push(new URL(request.url()).pathname);
		if (request.method() === 'POST') bodies.push(request.postData() ?? '');
	});
	await guest.goto(guestUrl);
	await guest.getByRole('button', { name: 'Send a small picture instead' }).click();
	await guest.getByText(/A small picture of your face is sent/).waitFor();
	await shoot(guest, 'scan-picture');
	await guest.getByRole('button', { name: 'I agree, find my photos' }).click();
	await guest.getByText('Your face in the oval').waitFor();
	await shoot(guest, 'scan-picture-oval');
	await guest.getByRole('button', { name: 'Take the selfie' }).click();
	await guest.getByRole('heading', { name: 'We found 2 photos of you' }).waitFor();
	expect(Object.keys(JSON.parse(bodies[0]!) as object).sort()).toEqual(['consent', 'picture']);
	expect(bodies[0]!.length).toBeLessThan(8_500);
	expect(loaded.filter((path) => /\.(wasm|onnx|tflite)$/.test(path))).toEqual([]);
	await guest.getByRole('button', { name: 'Look for more like these' }).click();
	await guest
		.getByText('That is all that looks like you.')
		.or(guest.getByTestId('maybe').getByRole('listitem').first())
		.first()
		.waitFor();
	await guest.getByRole('button', { name: 'Try again with another picture' }).click();
	const wall = sharp({ create: { width: 800, height: 600, channels: 3, background: '#89a' } });
	await guest.getByLabel('Use a picture instead').setInputFiles({
		...{ name: 'wall.jpg', mimeType: 'image/jpeg', buffer: await wall.jpeg().toBuffer() }
	});
	await guest.getByText(/^No face was found/).waitFor();
	await guest.getByLabel('Use a picture instead').setInputFiles({
		...{ name: 'me.jpg', mimeType: 'image/jpeg', buffer: await cropFace(guestFace) }
	});
	await guest.getByRole('heading', { name: 'We found 2 photos of you' }).waitFor();
	await context.close();
}, 90_000);

it('answers plainly: no face, two faces, too dark, no picture, a stranger', async () => {
	const context = await phone.newContext(PHONE);
	const guest = await firstPage(context);
	await guest.goto(guestUrl);
	await guest.getByRole('button', { name: 'I agree, find my photos' }).click();
	const use = (name: string, buffer: Buffer, mimeType = 'image/jpeg') =>
		guest.getByLabel('Use a picture instead').setInputFiles({ name, mimeType, buffer });
	const wall = await sharp({
		create: { width: 800, height: 600, channels: 3, background: '#8899aa' }
	})
		.jpeg()
		.toBuffer();
	await use('wall.jpg', wall);
	await guest.getByText(/^No face was found/).waitFor({ timeout: 60_000 });
	await use('two.jpg', readFileSync(samplePhoto(6)));
	await guest.getByText(/more than one face/).waitFor();
	const face = await cropFace(guestFace);
	await use('dark.jpg', await sharp(face).linear(0.14, 0).jpeg({ quality: 95 }).toBuffer());
	await guest.getByText(/^(It is too dark|No face was found)/).waitFor();
	await use('notes.txt', Buffer.from('no picture at all'), 'text/plain');
	await guest.getByText(/could not be opened as a picture/).waitFor();
	await use('stranger.jpg', await cropFace(strangerFace));
	await guest.getByRole('heading', { name: 'No photo of you yet' }).waitFor();
	await guest.getByRole('button', { name: 'Try another picture' }).click();
	await use('me.jpg', face);
	await guest.getByRole('heading', { name: 'We found 2 photos of you' }).waitFor();
	await context.close();
}, 150_000);

it('finds photos by the number on a bib, where the studio wants that', async () => {
	const page = studio.pages()[0]!;
	await page.goto(`${server.url}/admin/settings`);
	await page.getByLabel(/Guests may look by the number/).check();
	await shoot(page, 'settings-numbers');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await page.getByText('Saved', { exact: true }).last().waitFor();
	const context = await phone.newContext(PHONE);
	const guest = await firstPage(context);
	await guest.goto(guestUrl);
	const find = async (number: string) => {
		await guest.getByLabel('Or by the number on your bib').fill(number);
		await guest.getByRole('button', { name: 'Find', exact: true }).click();
	};
	await find('Sara');
	await guest.getByText('Type the number alone').waitFor();
	await shoot(guest, 'scan-number');
	await find('1042');
	await guest.getByRole('heading', { name: 'No photo with 1042 yet' }).waitFor();
	await shoot(guest, 'scan-number-none');
	await guest.getByRole('button', { name: 'Back' }).click();
	// the studio types it where the photo is looked at
	await page.goto(event);
	await page.getByTestId('grid').getByRole('button').first().click();
	await page.keyboard.press('i');
	await page.getByLabel('Person or bib number').fill('b 1042');
	await page.keyboard.press('Escape');
	await page.getByText('Person or bib number · by you').waitFor();
	await until('it is saved', () => isSaved(page));
	await until('it is found', async () => {
		await find('B-1042');
		const heading = guest.getByRole('heading', { name: /1042/ });
		const text = await heading.innerText();
		if (text === 'We found 1 photo with B-1042') return true;
		await guest.getByRole('button', { name: 'Back' }).click();
		return false;
	});
	// nothing is known of their face here
	expect(await guest.getByText('Have my face forgotten').count()).toBe(0);
	expect(await guest.getByText('Look for more like these').count()).toBe(0);
	await shoot(guest, 'scan-number-found');
	await guest.getByRole('button', { name: 'Look by face, or another number' }).click();
	await guest.getByRole('button', { name: 'I agree, find my photos' }).waitFor();
	await context.close();
}, 60_000);

it('asks whoever holds up a photo to turn their head, where the studio wants it', async () => {
	const page = studio.pages()[0]!;
	await page.goto(`${server.url}/admin/settings`);
	await page.getByLabel(/Guests turn their head/).check();
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await page.getByText('Saved', { exact: true }).last().waitFor();
	const context = await phone.newContext(PHONE);
	const guest = await firstPage(context);
	await guest.goto(guestUrl);
	await guest.getByText(/Loads about/).waitFor();
	expect(await guest.getByText('Send a small picture instead').count()).toBe(0);
	await guest.getByRole('button', { name: 'I agree, find my photos' }).click();
	await guest.getByText(/^Turn your head to your (left|right)$/).waitFor({ timeout: 60_000 });
	expect(await guest.getByText('Use a picture instead').count()).toBe(0);
	await shoot(guest, 'scan-turn');
	// longer than anybody has for it: it begins anew
	await guest.waitForTimeout(9_000);
	await guest.getByText(/^Turn your head to your (left|right)$/).waitFor();
	expect(await guest.getByRole('button', { name: 'Take the selfie' }).isDisabled()).toBe(true);
	await context.close();
}, 120_000);
