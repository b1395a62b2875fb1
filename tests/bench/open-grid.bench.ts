// An event of 10 000 photos, server off: from navigation to the first painted grid, in the installed application.
import sharp from 'sharp';
import * as Y from 'yjs';
import { samplePhoto } from '../support/paths.ts';
import { createEvent, installed, isSaved } from '../support/studio.ts';
import { until } from '../support/client.ts';
import { withStudio } from './studio-page.ts';
import { type Figure, figure, median } from './support.ts';

const PHOTOS = 10_000;
/** Thumbnails that the first screen and its margin can show. */
const THUMBS = 200;

const idOf = (i: number) => i.toString(16).padStart(32, '0');

function eventUpdate(person: string): Uint8Array {
	const doc = new Y.Doc();
	doc.transact(() => {
		for (let i = 0; i < PHOTOS; i++)
			doc.getMap('photos').set(idOf(i), {
				name: `IMG_${String(i).padStart(5, '0')}.JPG`,
				sha256: idOf(i) + idOf(i),
				size: 8_000_000,
				type: 'image/jpeg',
				width: i % 3 ? 6000 : 4000,
				height: i % 3 ? 4000 : 6000,
				orientation: 1,
				takenAt: new Date(Date.UTC(2026, 0, 19, 8) + i * 3_000).toISOString().slice(0, 19),
				camera: 'NIKON Z 6',
				by: person,
				importedAt: '2026-01-19T12:00:00.000Z',
				preview: 'full'
			});
	});
	return Y.encodeStateAsUpdate(doc);
}

export async function run(): Promise<Figure[]> {
	return withStudio(async ({ server, page }) => {
		const url = await createEvent(page, 'Ten thousand');
		await until('saved', () => isSaved(page));
		await installed(page);
		const thumb = await sharp(samplePhoto(3)).resize(400).webp({ quality: 78 }).toBuffer();
		const person = await page.evaluate(
			() => (JSON.parse(localStorage.getItem('aura.identity')!) as { user: { id: string } }).user.id
		);
		await page.evaluate(
			async ({ document, update, thumb, ids, person }) => {
				const bytes = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
				const database = await new Promise<IDBDatabase>((done) => {
					const request = indexedDB.open(`aura-${person}`);
					request.onsuccess = () => done(request.result);
				});
				const transaction = database.transaction(['updates', 'files'], 'readwrite');
				transaction.objectStore('updates').add({ document, bytes: bytes(update) });
				for (const id of ids) transaction.objectStore('files').put({ key: `thumb/${id}`, size: 1 });
				await new Promise((done) => (transaction.oncomplete = done));
				let folder = await navigator.storage.getDirectory();
				for (const part of ['people', person, 'thumb', '00'])
					folder = await folder.getDirectoryHandle(part, { create: true });
				for (const id of ids) {
					const stream = await (await folder.getFileHandle(id, { create: true })).createWritable();
					await stream.write(bytes(thumb));
					await stream.close();
				}
			},
			{
				document: `event/${url.split('/').pop()!}`,
				update: Buffer.from(eventUpdate(person)).toString('base64'),
				thumb: thumb.toString('base64'),
				ids: Array.from({ length: THUMBS }, (_, i) => idOf(i)),
				person
			}
		);
		await server.stop('SIGKILL');
		await page.addInitScript(() => {
			const look = () => {
				const images = [...document.querySelectorAll<HTMLImageElement>('[data-testid="grid"] img')];
				const inView = images.filter((image) => image.getBoundingClientRect().top < innerHeight);
				const isPainted =
					inView.length >= 8 && inView.every((image) => image.complete && image.naturalWidth > 0);
				if (!isPainted) return void requestAnimationFrame(look);
				// painted with the next frame
				requestAnimationFrame(() => Object.assign(window, { painted: performance.now() }));
			};
			requestAnimationFrame(look);
		});
		const times: number[] = [];
		for (let i = 0; i < 10; i++) {
			await page.goto('about:blank');
			await page.goto(url);
			await page.waitForFunction(() => 'painted' in window);
			if (i > 0)
				times.push(await page.evaluate(() => (window as unknown as { painted: number }).painted));
		}
		const shown = await page.getByTestId('photo-count').innerText();
		return [
			figure('open-grid', median(times), null, 'ms', 'ours <= 800', {
				photos: shown,
				worst: Math.round(Math.max(...times))
			})
		];
	});
}
