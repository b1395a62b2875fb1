// Cutting and hashing a file of 256 MB in a Chromium worker, reading included, beside reading it and SHA-256 of the whole
// by crypto.subtle alone.
import { type Figure, figure, median, withBenchPage } from './support.ts';

interface Page {
	bench: { chunking(size: number, runs: number): Promise<{ ours: number[]; peer: number[] }> };
}
const SIZE = 256e6;

export async function run(): Promise<Figure[]> {
	const { ours, peer } = await withBenchPage((page) =>
		page.evaluate((size) => (globalThis as unknown as Page).bench.chunking(size, 5), SIZE)
	);
	const speed = (times: number[]) => SIZE / 1e3 / median(times);
	return [figure('chunking', speed(ours), speed(peer), 'MB/s', 'ratio >= 0.5')];
}
