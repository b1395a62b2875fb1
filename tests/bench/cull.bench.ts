// Culling in an event of 10 000 photos, server off: from the key to the next photo, painted.
import sharp from 'sharp';
import { until } from '../support/client.ts';
import { samplePhoto } from '../support/paths.ts';
import { createEvent, installed, isSaved } from '../support/studio.ts';
import { withStudio } from './studio-page.ts';
import { type Figure, figure, median } from './support.ts';
import { putTenThousand } from './ten-thousand.ts';

const PRESSES = 500;
/** Six a second. */
const EVERY_MS = 1000 / 6;
/** Pictures of screen size that the device has: as many as are looked at, and what is decoded ahead. */
const PICTURES = 320;

export async function run(): Promise<Figure[]> {
	return withStudio(async ({ server, page }) => {
		const url = await createEvent(page, 'Ten thousand');
		await until('saved', () => isSaved(page));
		await installed(page);
		const web = await Promise.all(
			([1, 2, 3, 4, 5, 6] as const).map((n) =>
				sharp(samplePhoto(n)).resize(2000).webp({ quality: 80 }).toBuffer()
			)
		);
		const thumb = await sharp(samplePhoto(3)).resize(400).webp({ quality: 78 }).toBuffer();
		await putTenThousand(page, url.split('/').pop()!, [
			{ kind: 'web', files: web, count: PICTURES },
			{ kind: 'thumb', files: [thumb], count: PICTURES }
		]);
		await server.stop('SIGKILL');
		await page.goto(`${url}/cull`);
		await page.locator('canvas[data-shown]').waitFor();
		await until('all', async () =>
			(await page.getByTestId('cull-count').innerText()).endsWith('/ 10,000')
		);
		await page.evaluate(() => {
			const took: number[] = [];
			Object.assign(window, { took });
			addEventListener(
				'keydown',
				({ timeStamp }) => {
					const canvas = document.querySelector<HTMLCanvasElement>('.cull canvas')!;
					const before = canvas.dataset['shown'];
					const look = () => {
						if (canvas.dataset['shown'] === before) return void requestAnimationFrame(look);
						// drawn in this frame: painted when the frame is over
						const channel = new MessageChannel();
						channel.port1.onmessage = () => void took.push(performance.now() - timeStamp);
						channel.port2.postMessage(null);
					};
					requestAnimationFrame(look);
				},
				true
			);
		});
		const begin = performance.now();
		for (let i = 0; i < PRESSES; i++) {
			// there and back again, as people do; a mark now and then
			const isBack = i % 25 >= 20;
			await page.keyboard.press(isBack ? 'ArrowLeft' : 'ArrowRight');
			const rest = begin + (i + 1) * EVERY_MS - performance.now();
			if (rest > 0) await page.waitForTimeout(rest);
		}
		const took = await page.evaluate(() => (window as unknown as { took: number[] }).took);
		if (process.env['VERBOSE'])
			console.log(
				took
					.map((ms, i) => (ms > 50 ? `${i}:${Math.round(ms)}` : ''))
					.filter(Boolean)
					.join(' ')
			);
		const sorted = [...took].sort((a, b) => a - b);
		return [
			figure(
				'cull',
				sorted[Math.floor(sorted.length * 0.95)]!,
				null,
				'ms from key to paint, p95',
				'ours <= 50',
				{
					median: Math.round(median(took)),
					worst: Math.round(sorted.at(-1)!),
					presses: took.length,
					aSecond: Math.round((PRESSES / (performance.now() - begin)) * 10_000) / 10
				}
			)
		];
	});
}
