// An event of 10 000 photos from IndexedDB into memory: our flat documents beside nested Y.Maps in y-indexeddb.
import { type Figure, figure, median, withBenchPage } from './support.ts';

interface Page {
	bench: {
		prepareEvent(photos: number): Promise<void>;
		openOurs(): Promise<number>;
		openNested(): Promise<number>;
	};
}

export async function run(): Promise<Figure[]> {
	return withBenchPage(async (page) => {
		await page.evaluate(() => (globalThis as unknown as Page).bench.prepareEvent(10_000));
		const [ours, peer]: [number[], number[]] = [[], []];
		for (let i = 0; i < 9; i++) {
			// a fresh page each time: nothing of the last load is warm but the disk
			await page.reload();
			await page.waitForFunction(() => 'bench' in globalThis);
			ours.push(await page.evaluate(() => (globalThis as unknown as Page).bench.openOurs()));
			await page.reload();
			await page.waitForFunction(() => 'bench' in globalThis);
			peer.push(await page.evaluate(() => (globalThis as unknown as Page).bench.openNested()));
		}
		return [
			figure('open-event', median(ours), median(peer), 'ms', 'ratio <= 0.4', { photos: 10_000 })
		];
	});
}
