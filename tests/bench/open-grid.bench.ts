// An event of 10 000 photos, server off: from navigation to the first painted grid, in the installed application.
import sharp from 'sharp';
import { samplePhoto } from '../support/paths.ts';
import { createEvent, installed, isSaved } from '../support/studio.ts';
import { until } from '../support/client.ts';
import { withStudio } from './studio-page.ts';
import { putTenThousand } from './ten-thousand.ts';
import { type Figure, figure, median } from './support.ts';

/** Thumbnails that the first screen and its margin can show. */
const THUMBS = 200;

export async function run(): Promise<Figure[]> {
	return withStudio(async ({ server, page }) => {
		const url = await createEvent(page, 'Ten thousand');
		await until('saved', () => isSaved(page));
		await installed(page);
		const thumb = await sharp(samplePhoto(3)).resize(400).webp({ quality: 78 }).toBuffer();
		await putTenThousand(page, url.split('/').pop()!, [
			{ kind: 'thumb', files: [thumb], count: THUMBS }
		]);
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
