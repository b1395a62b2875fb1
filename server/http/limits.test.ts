import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createThrottle, limitsOn } from './limits.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const waitOf = async (run: Promise<void>): Promise<number> => {
	try {
		await run;
		return 0;
	} catch (error) {
		return (error as { details: { retryAfter: number } }).details.retryAfter;
	}
};
const makeLimit = limitsOn(null);

describe('a limit', () => {
	it('lets a key through so often, and each key for itself', async () => {
		const limit = makeLimit({ name: 'x', points: 2, seconds: 60 });
		const waits = [];
		for (let at = 0; at < 3; at++) waits.push(await waitOf(limit.take('a')));
		expect(waits).toEqual([0, 0, 60]);
		expect(await waitOf(limit.take('b'))).toBe(0);
		vi.advanceTimersByTime(61_000);
		expect(await waitOf(limit.take('a'))).toBe(0);
	});
	it('makes whoever goes on wait twice as long each time, until they were right', async () => {
		const limit = makeLimit({ name: 'x', points: 2, seconds: 60, wait: 100, isGrowing: true });
		const round = async () => {
			for (let at = 0; at < 2; at++) expect(await waitOf(limit.take('a'))).toBe(0);
			return waitOf(limit.take('a'));
		};
		for (const wait of [100, 200, 400]) {
			expect(await round()).toBe(wait);
			expect(await waitOf(limit.take('a'))).toBeGreaterThan(wait - 2);
			vi.advanceTimersByTime((wait + 1) * 1000);
		}
		await limit.reset('a');
		expect(await round()).toBe(100);
	});
});

describe('a throttle', () => {
	it('says what is left, and stops one key alone', async () => {
		const throttle = createThrottle(2);
		const ask = async (key: string) => {
			const headers: Record<string, string> = {};
			const wait = await waitOf(throttle.count(key, (name, value) => (headers[name] = value)));
			return { wait, left: headers['RateLimit-Remaining'], reset: headers['RateLimit-Reset'] };
		};
		expect(await ask('a')).toEqual({ wait: 0, left: '1', reset: '60' });
		expect(await ask('a')).toEqual({ wait: 0, left: '0', reset: '60' });
		expect(await ask('a')).toEqual({ wait: 60, left: '0', reset: '60' });
		expect(await ask('b')).toMatchObject({ wait: 0 });
		vi.advanceTimersByTime(61_000);
		expect(await ask('a')).toMatchObject({ wait: 0 });
	});
	it('of nought is none', async () => {
		const throttle = createThrottle(0);
		for (let at = 0; at < 100; at++) expect(await waitOf(throttle.count('a', () => {}))).toBe(0);
	});
});
