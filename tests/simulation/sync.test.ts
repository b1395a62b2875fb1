import { describe, expect, it } from 'vitest';
import { type Mutant, mutants } from './mutants.ts';
import { simulate } from './simulate.ts';

const SEEDS = Number(process.env['AURA_SEEDS'] ?? 500);
const FIRST = Number(process.env['AURA_SEED'] ?? 1);
/** Seeds within which each planted fault must show. */
const BUDGET = 400;

describe('sync under cuts, crashes, delay, repetition, role changes, thieves and restored databases', () => {
	it(
		`keeps its promises over ${SEEDS} seeds`,
		async () => {
			const troubles: Record<string, number> = {};
			for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
				const outcome = await simulate(seed);
				if (process.env['AURA_TRACE']) console.log(outcome.trace.join('\n'));
				expect(outcome.broken, `npm run simulate -- --seed ${seed} --trace replays this`).toEqual(
					[]
				);
				for (const [name, count] of Object.entries(outcome.troubles))
					troubles[name] = (troubles[name] ?? 0) + count;
			}
			if (SEEDS < 100) return;
			for (const name of ['cut', 'device crash', 'server crash', 'second tab', 'theft'])
				expect(troubles[name] ?? 0, name).toBeGreaterThan(50);
			for (const name of ['role change', 'restore'])
				expect(troubles[name] ?? 0, name).toBeGreaterThan(10);
		},
		24 * 3_600_000
	);

	it('does the same twice for the same seed', async () => {
		for (const seed of [3, 14, 159]) {
			const [first, second] = [await simulate(seed), await simulate(seed)];
			expect(second.trace).toEqual(first.trace);
		}
	});

	it.each(Object.entries(mutants) as [Mutant, string][])(
		'finds %s: %s',
		async (mutant) => {
			let found = 0;
			for (let seed = 1; seed <= BUDGET && !found; seed++)
				if ((await simulate(seed, mutant)).broken.length > 0) found = seed;
			expect(found).toBeGreaterThan(0);
		},
		120_000
	);
});
