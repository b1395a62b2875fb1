// Faces that are found on a graphics card, drawn by the browser's own software here; and one that is lost in the middle.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { killGraphics, launchProfile } from '../support/browser.ts';
import { until } from '../support/client.ts';
import { padded } from '../support/noise.ts';
import { samplePhoto } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import {
	createEvent,
	faceCountOf,
	firstPage,
	photoCountOf,
	setUpStudio,
	undevelopedOn
} from '../support/studio.ts';

let server: ServerProcess;
const folder = mkdtempSync(join(tmpdir(), 'aura-card-'));
let context: BrowserContext;
let page: Page;
const asked: string[] = [];
const wasAsked = (engine: RegExp) => asked.some((url) => engine.test(url));
const onCard = /threaded\.asyncify\.\S*wasm/;
const onProcessor = /threaded\.[^.]*\.wasm/;

/** Two photos of people, as files that nobody has imported before. */
const photosOf = (seed: number) =>
	([1, 3] as const).map((n) => ({
		name: `IMG_${seed}_${n}.jpg`,
		mimeType: 'image/jpeg',
		buffer: Buffer.from(padded(readFileSync(samplePhoto(n)), 100, seed))
	}));
const isDone = async (photos: number) =>
	(await photoCountOf(page)) === photos && (await undevelopedOn(page)) === 0;

beforeAll(async () => {
	server = await serverProcess();
	context = await launchProfile(folder, [
		'--enable-unsafe-webgpu',
		'--use-webgpu-adapter=swiftshader',
		'--enable-features=Vulkan'
	]);
	context.on('request', (request) => asked.push(request.url()));
	page = await firstPage(context);
	await setUpStudio(page, server.url);
	await createEvent(page, 'Enkutatash');
}, 120_000);
afterAll(async () => {
	await context?.close();
	await server?.remove();
	rmSync(folder, { recursive: true, force: true });
});

it('finds faces on it, and skips none when it is lost in the middle', async () => {
	await page.getByLabel('Import photos').setInputFiles(photosOf(1));
	await until('the first two', () => isDone(2), 120_000);
	const faces = await faceCountOf(page);
	expect(faces).toBeGreaterThan(1);
	expect(wasAsked(onCard)).toBe(true);
	expect(wasAsked(onProcessor)).toBe(false);

	await page.getByLabel('Import photos').setInputFiles([2, 3, 4].flatMap(photosOf));
	await until('faces of the next', async () => (await faceCountOf(page)) > faces, 120_000);
	expect(await isDone(8)).toBe(false);
	killGraphics(folder);
	// a worker that begins anew lets photos go on while it loads, and looks for their faces afterwards
	await until('all faces', async () => (await faceCountOf(page)) === 4 * faces, 180_000);
	await until('all photos', () => isDone(8), 60_000);
}, 300_000);
