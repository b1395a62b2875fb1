// 50 JPEGs of 24 megapixels: taken in by the application in Chromium (hash, thumbnail, web size, faces), beside
// sharp in Node, which makes the two sizes only, on the same two cores.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { until } from '../support/client.ts';
import { samplePhoto } from '../support/paths.ts';
import { createEvent, faceCountOf, photoCountOf } from '../support/studio.ts';
import { withStudio } from './studio-page.ts';
import { type Figure, figure } from './support.ts';

const PHOTOS = 50;

/** Real photos enlarged to a camera's size, each content its own by a comment in the file. */
async function makePhotos(folder: string): Promise<string[]> {
	mkdirSync(folder, { recursive: true });
	const bases = await Promise.all(
		([1, 2, 3, 4, 5, 6] as const).map((n) =>
			sharp(samplePhoto(n))
				.resize(6000, 4000, { fit: 'cover' })
				.sharpen({ sigma: 2 })
				.jpeg({ quality: 92 })
				.toBuffer()
		)
	);
	return Array.from({ length: PHOTOS }, (_, i) => {
		const base = bases[i % bases.length]!;
		const comment = Buffer.from(`photo ${String(i).padStart(6, '0')}`);
		const segment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, comment.length + 2]), comment]);
		const file = join(folder, `DSC_${String(i).padStart(4, '0')}.JPG`);
		writeFileSync(file, Buffer.concat([base.subarray(0, 2), segment, base.subarray(2)]));
		return file;
	});
}

async function withSharp(files: string[]): Promise<number> {
	sharp.concurrency(1);
	const start = performance.now();
	const rest = files.values();
	await Promise.all(
		[0, 1].map(async () => {
			for (const file of rest) {
				const photo = sharp(readFileSync(file)).rotate();
				await Promise.all([
					photo.clone().resize(2000, 2000, { fit: 'inside' }).webp({ quality: 80 }).toBuffer(),
					photo.clone().resize(400, 400, { fit: 'inside' }).webp({ quality: 78 }).toBuffer()
				]);
			}
		})
	);
	return (files.length / (performance.now() - start)) * 60_000;
}

export async function run(): Promise<Figure[]> {
	return withStudio(async ({ server, page, folder }) => {
		const files = await makePhotos(join(folder, 'card'));
		const megabytes =
			files.reduce((sum, file) => sum + readFileSync(file).length, 0) / 1e6 / files.length;
		await createEvent(page, 'Ingest');
		await page.getByLabel('Import photos').setInputFiles(samplePhoto(1)); // models warm
		await until('the first photo', async () => (await photoCountOf(page)) === 1, 60_000);
		await server.stop('SIGKILL'); // nothing goes up meanwhile
		const start = performance.now();
		await page.getByLabel('Import photos').setInputFiles(files);
		// asked by the page itself, and seldom: the question must not take part of what it measures
		await page.waitForFunction(
			(wanted) =>
				document.querySelector('[data-testid="photo-count"]')?.textContent?.startsWith(wanted),
			String(PHOTOS + 1),
			{ polling: 250, timeout: 300_000 }
		);
		const ours = (PHOTOS / (performance.now() - start)) * 60_000;
		const faces = await faceCountOf(page);
		await page.close();
		const peer = await withSharp(files);
		return [
			figure('ingest', ours, peer, 'photos a minute', 'ratio >= 0.6', {
				faces,
				megabytesEach: Number(megabytes.toFixed(1))
			})
		];
	});
}
