// The page of transfers while 10 000 files wait and are sent: how smooth it stays, and what it takes of memory.
import sharp from 'sharp';
import { until } from '../support/client.ts';
import { samplePhoto } from '../support/paths.ts';
import { createEvent, installed, isSaved } from '../support/studio.ts';
import { withStudio } from './studio-page.ts';
import { type Figure, figure } from './support.ts';
import { putTenThousand } from './ten-thousand.ts';

const FILES = 10_000;
const SECONDS = 20;

export async function run(): Promise<Figure[]> {
	return withStudio(async ({ page }) => {
		const url = await createEvent(page, 'Ten thousand');
		await until('saved', () => isSaved(page));
		await installed(page);
		const thumbs = await Promise.all(
			([1, 2, 3, 4, 5, 6] as const).map((n) =>
				sharp(samplePhoto(n)).resize(400).webp({ quality: 78 }).toBuffer()
			)
		);
		await putTenThousand(page, url.split('/').pop()!, [
			{ kind: 'thumb', files: thumbs, count: FILES }
		]);
		// the event finds out what the server lacks, and queues it; sent is what the page shows
		await page.context().setOffline(true);
		await page.goto(url);
		const waiting = () =>
			page.evaluate(async () => {
				const identity = JSON.parse(localStorage.getItem('aura.identity')!) as {
					user: { id: string };
				};
				const database = await new Promise<IDBDatabase>((done) => {
					const request = indexedDB.open(`aura-${identity.user.id}`);
					request.onsuccess = () => done(request.result);
				});
				const count = await new Promise<number>((done) => {
					const request = database.transaction('transfers').objectStore('transfers').count();
					request.onsuccess = () => done(request.result);
				});
				database.close();
				return count;
			});
		await until('all wait', async () => (await waiting()) > FILES * 0.9, 180_000);
		await page.goto(new URL('/account/transfers', url).href);
		await page.getByRole('heading', { name: 'Transfers' }).waitFor();
		await page.context().setOffline(false);
		const before = await waiting();
		const seen = await page.evaluate(async (seconds) => {
			const heap = () =>
				(performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize;
			const gaps: number[] = [];
			const first = heap();
			const end = performance.now() + seconds * 1000;
			for (let last = performance.now(); last < end;) {
				const now = await new Promise<number>((done) => requestAnimationFrame(done));
				gaps.push(now - last);
				last = now;
			}
			gaps.sort((a, b) => a - b);
			return {
				p95: gaps[Math.floor(gaps.length * 0.95)]!,
				p99: gaps[Math.floor(gaps.length * 0.99)]!,
				worst: gaps.at(-1)!,
				frames: gaps.length,
				heap: [first, heap()].map((bytes) => Math.round(bytes / 1e6))
			};
		}, SECONDS);
		return [
			figure('transfer-panel', seen.p95, null, 'ms between frames, p95', 'ours <= 34; heap flat', {
				...{ p99: Math.round(seen.p99), worst: Math.round(seen.worst), seconds: SECONDS },
				...{ heapFirst: seen.heap[0], heapLast: seen.heap[1] },
				...{ waiting: before, sent: before - (await waiting()) }
			})
		];
	});
}
