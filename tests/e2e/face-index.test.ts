import { expect, it } from 'vitest';
import { withBenchPage } from '../bench/support.ts';

interface Page {
	bench: { searchMany(photos: number): Promise<{ size: number; found: string[][] }> };
}

it('finds a person among more faces than exact search is for, by the graph, in a worker', async () => {
	const { size, found } = await withBenchPage((page) =>
		page.evaluate(() => (globalThis as unknown as Page).bench.searchMany(310))
	);
	expect(size).toBe(31_000);
	// each of them is on the first and on the last photo, and nobody else is near
	expect(found).toEqual(Array.from({ length: 20 }, () => ['p0', 'p309']));
}, 240_000);
