import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

const SEEDS = Number(process.env['AURA_SEEDS'] ?? 500);
const FIRST = Number(process.env['AURA_SEED'] ?? 1);

describe('sync under cuts, crashes, delay and repetition', () => {
	it(`keeps its promises over ${SEEDS} seeds`, async () => {
		const troubles: Record<string, number> = {};
		for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
			const outcome = await simulate(seed);
			expect(outcome.broken, `AURA_SEED=${seed} AURA_SEEDS=1 replays this`).toEqual([]);
			for (const [name, count] of Object.entries(outcome.troubles))
				troubles[name] = (troubles[name] ?? 0) + count;
		}
		if (SEEDS >= 100)
			for (const name of ['cut', 'device crash', 'server crash'])
				expect(troubles[name] ?? 0, name).toBeGreaterThan(50);
	}, 600_000);

	it('does the same twice for the same seed', async () => {
		for (const seed of [3, 14, 159]) {
			const [first, second] = [await simulate(seed), await simulate(seed)];
			expect(second.trace).toEqual(first.trace);
		}
	});

	it.each([
		['a server that says saved before its disk has it', { ackBeforeSync: true }],
		['a device that calls kept what its disk lacks', { deviceForgets: true }]
	])('finds %s', async (_, mutant) => {
		let found = false;
		for (let seed = 1; seed <= 300 && !found; seed++)
			found = (await simulate(seed, mutant)).broken.length > 0;
		expect(found).toBe(true);
	});
});
