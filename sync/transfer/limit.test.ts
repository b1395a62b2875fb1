import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../tests/support/property.ts';
import { createLimit } from './limit.ts';

function world(rate: number | null, left: number | null = null) {
	let now = 0;
	const sent: { at: number; bytes: number }[] = [];
	const limit = createLimit({
		rate: () => rate,
		left: () => left,
		now: () => now,
		sleep: (ms) => {
			now += ms;
			return Promise.resolve();
		},
		onSpend: (bytes) => sent.push({ at: now, bytes })
	});
	return { limit, sent, pass: (ms: number) => (now += ms), now: () => now };
}

describe('a limit', () => {
	it('is kept within five percent over any ten seconds, and used', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 10_000, max: 5_000_000 }),
				fc.array(fc.integer({ min: 100, max: 3_000_000 }), { minLength: 1, maxLength: 8 }),
				fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 8 }),
				async (rate, wishes, pauses) => {
					const { limit, sent, pass, now } = world(rate);
					for (let i = 0; now() < 30_000; i++) {
						const bytes = await limit.room(wishes[i % wishes.length]!);
						limit.spend(bytes);
						// the request itself takes a while, in which tokens come in
						pass(pauses[i % pauses.length]!);
						if (i > 20_000) break;
					}
					for (const { at: from } of sent) {
						const window = sent.filter(({ at }) => at >= from && at < from + 10_000);
						const sum = window.reduce((all, { bytes }) => all + bytes, 0);
						expect(sum).toBeLessThanOrEqual(rate * 10 * 1.05);
					}
				}
			),
			{ numRuns: 60 }
		);
	});
	it('is reached when there is enough to send', async () => {
		const { limit, sent, now } = world(50_000);
		while (now() < 60_000) limit.spend(await limit.room(1_000_000));
		const sum = sent.reduce((all, { bytes }) => all + bytes, 0);
		expect(sum / 60 / 50_000).toBeGreaterThan(0.95);
	});
	it('is no limit when nobody set one, but for what is left of the day', async () => {
		expect(await world(null).limit.room(8_000_000)).toBe(8_000_000);
		expect(await world(null, 1_000).limit.room(8_000_000)).toBe(1_000);
	});
});
