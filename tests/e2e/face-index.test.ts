import { expect, it } from 'vitest';
import { withBenchPage } from '../bench/support.ts';

interface Page {
	bench: {
		searchMany(photos: number): Promise<{
			size: number;
			found: string[][];
			again: { isRestored: boolean; found: string[][]; unsaved: unknown } | null;
			isDamaged?: boolean;
		}>;
	};
}

it('finds a person among more faces than exact search is for, by a graph that the next visit has again', async () => {
	const { size, found, again, isDamaged } = await withBenchPage((page) =>
		page.evaluate(() => (globalThis as unknown as Page).bench.searchMany(310))
	);
	expect(size).toBe(31_000);
	// each of them is on the first and on the last photo, and nobody else is near
	const both = Array.from({ length: 20 }, () => ['p0', 'p309']);
	expect(found).toEqual(both);
	expect(again).toEqual({ isRestored: true, found: both, unsaved: 'same' });
	expect(isDamaged).toBe(true);
}, 240_000);
