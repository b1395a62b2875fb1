import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Batcher } from './batcher.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('batches', () => {
	it('hands the first item over at once, and what follows together', async () => {
		const batches: number[][] = [];
		const batcher = new Batcher<number>(300, async (items) => void batches.push([...items]));
		await batcher.add(1);
		expect(batches).toEqual([[1]]);
		const rest = [batcher.add(2), batcher.add(3)];
		await vi.advanceTimersByTimeAsync(299);
		expect(batches).toEqual([[1]]);
		await vi.advanceTimersByTimeAsync(1);
		await Promise.all(rest);
		expect(batches).toEqual([[1], [2, 3]]);
	});
	it('tells all of a batch that it failed, and goes on with the next', async () => {
		let isBroken = true;
		const batcher = new Batcher<number>(300, async () => {
			if (isBroken) throw new Error('full');
		});
		await expect(batcher.add(1)).rejects.toThrow('full');
		isBroken = false;
		const next = batcher.add(2);
		await vi.advanceTimersByTimeAsync(300);
		await expect(next).resolves.toBeUndefined();
	});
});
