import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Database } from '../database/database.ts';
import { processesOf } from './processes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A database of one kind, and the heads that were told through it. */
function onDatabase(kind: Database['kind']) {
	const told: [document: string, head: number][][] = [];
	const notify = (_: string, payload: string) => {
		told.push((JSON.parse(payload) as { heads: [string, number][] }).heads);
		return Promise.resolve();
	};
	const processes = processesOf({ kind, notify } as Database, null, (error) => {
		throw error;
	});
	return { processes, told };
}

it('tells at once how far documents have gone, and what comes soon after together', () => {
	const { processes, told } = onDatabase('postgres');
	processes.tellHeads(new Map([['event/a', 1]]));
	expect(told).toEqual([[['event/a', 1]]]);
	processes.tellHeads(new Map([['event/a', 2]]));
	processes.tellHeads(
		new Map([
			['event/b', 7],
			['event/a', 3]
		])
	);
	expect(told.length).toBe(1);
	vi.advanceTimersByTime(100);
	expect(told.slice(1)).toEqual([
		[
			['event/a', 3],
			['event/b', 7]
		]
	]);
	processes.tellHeads(new Map([['event/a', 4]]));
	expect(told.at(-1)).toEqual([['event/a', 4]]);
	processes.close();
});

it('tells of many documents in messages that Postgres takes', () => {
	const { processes, told } = onDatabase('postgres');
	const many = Array.from({ length: 200 }, (_, i) => [`event/${i}`, i] as const);
	processes.tellHeads(new Map(many));
	expect(told.flat()).toEqual(many.map((each) => [...each]));
	expect(Math.max(...told.map(({ length }) => length))).toBeLessThanOrEqual(60);
	processes.close();
});

it('has nobody to tell on the embedded database', () => {
	const { processes, told } = onDatabase('embedded');
	processes.tellHeads(new Map([['event/a', 1]]));
	vi.advanceTimersByTime(1_000);
	expect(told).toEqual([]);
});
