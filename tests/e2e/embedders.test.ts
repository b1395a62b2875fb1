// The engines that embed faces on a device: what they give is the same person, and one stands in for the other.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { alignmentOf, drawAligned } from '#shared/faces/align.ts';
import { embedWith } from '#shared/faces/embed.ts';
import { distanceOf } from '#shared/faces/geometry.ts';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { type Face, readSidecar } from '#shared/faces/sidecar.ts';
import { openNetwork } from '../../server/features/faces/engine.ts';
import { readPixels } from '../../server/features/renditions/make.ts';
import { launch } from '../support/browser.ts';
import { until } from '../support/client.ts';
import { root, samplePhoto } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import { createEvent, faceCountOf, firstPage, setUpStudio, signIn } from '../support/studio.ts';

let server: ServerProcess;
let browser: Browser;
const litert = /litert_wasm[^/]*\.wasm$/;
const quick = /dlib-resnet[^/]*\.tflite$/;
const portable = /dlib-resnet[^/]*\.onnx$/;

beforeAll(async () => {
	server = await serverProcess();
	browser = await launch();
	const context = await browser.newContext();
	await setUpStudio(await firstPage(context), server.url);
	await context.close();
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

/** A browser of its own that finds the three faces of a photo. @returns what it asked for, and the faces */
async function facesIn(prepare: (context: BrowserContext, page: Page) => Promise<void>) {
	const context = await browser.newContext({ serviceWorkers: 'block' });
	const asked: string[] = [];
	context.on('request', (request) => asked.push(request.url()));
	const page = await firstPage(context);
	await page.goto(`${server.url}/signin`);
	await signIn(page);
	await createEvent(page, 'Genna');
	await prepare(context, page);
	await page.getByLabel('Import photos').setInputFiles([samplePhoto(2)]);
	await until('its faces', async () => (await faceCountOf(page)) === 3, 90_000);
	const sidecar = await page.evaluate(async () => {
		const name = (await indexedDB.databases()).find((each) => each.name?.startsWith('aura'))!.name!;
		const database = await new Promise<IDBDatabase>((resolve) => {
			const opening = indexedDB.open(name);
			opening.onsuccess = () => resolve(opening.result);
		});
		return new Promise<number[]>((resolve) => {
			const all = database.transaction('sidecars').objectStore('sidecars').getAll();
			all.onsuccess = () => resolve([...(all.result as { bytes: Uint8Array }[])[0]!.bytes]);
		});
	});
	await context.close();
	const { faces } = readSidecar(Uint8Array.from(sidecar), 'any');
	return { faces, wasAsked: (file: RegExp) => asked.some((url) => file.test(url)) };
}

/** How far each face is from what the server sees at its place, at most. */
async function farthestFromServer(faces: readonly Face[]): Promise<number> {
	const picture = await readPixels(readFileSync(samplePhoto(2)), 3_000, 1e8);
	const { run } = await openNetwork(readFileSync(join(root, 'static', defaultEmbedder.file)));
	const crops = faces.map(({ landmarks }) => {
		const pixels = landmarks.map((value, i) => value * (i % 2 ? picture.height : picture.width));
		return drawAligned(picture, alignmentOf(pixels, defaultEmbedder), defaultEmbedder.size);
	});
	const seen = await embedWith(run, defaultEmbedder)(crops);
	return Math.max(...seen.map((embedding, at) => distanceOf(embedding, faces[at]!.embedding)));
}

// A ninth of how far one person may be. Browser and server scale pictures differently, too.
const ALIKE = 0.06;

it('on a processor it is LiteRT, and what it gives is what the server gives', async () => {
	const { faces, wasAsked } = await facesIn(async () => {});
	expect([litert, quick, portable].map(wasAsked)).toEqual([true, true, false]);
	expect(await farthestFromServer(faces)).toBeLessThan(ALIKE);
}, 150_000);

it('where LiteRT does not start, the other engine takes over', async () => {
	const { faces, wasAsked } = await facesIn(async (context) => {
		await context.route(litert, (route) =>
			route.fulfill({ contentType: 'application/wasm', body: 'not an engine' })
		);
	});
	expect(wasAsked(portable)).toBe(true);
	expect(await farthestFromServer(faces)).toBeLessThan(ALIKE);
}, 150_000);

it('where the network is gone, what an earlier version left is enough', async () => {
	const { wasAsked } = await facesIn(async (context, page) => {
		await page.evaluate(
			async (file) => (await caches.open('models')).add(file),
			defaultEmbedder.file
		);
		await context.route(quick, (route) => route.abort());
	});
	expect(wasAsked(portable)).toBe(true);
}, 150_000);
