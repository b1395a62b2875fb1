// Search by face on a device with 100,000 faces, in 128 and in 512 dimensions, beside what comparing all of them finds; and
// what one more face costs.
import { type Figure, figure, withBenchPage } from './support.ts';

const FACES = Number(process.env['AURA_BENCH_FACES'] ?? 100_000);

interface Page {
	bench: {
		faceSearch(
			count: number,
			dimensions: number
		): Promise<{
			p95: number;
			recall: number;
			buildMs: number;
			update: number;
			updateP95: number;
			restartMs: number;
		}>;
	};
}

export async function run(): Promise<Figure[]> {
	return withBenchPage(async (page) => {
		const figures: Figure[] = [];
		for (const [dimensions, goal] of [
			[128, 'ours <= 5, recall >= 0.99'],
			[512, 'ours <= 15, recall >= 0.99']
		] as const) {
			const seen = await page.evaluate(
				([count, size]) => (globalThis as unknown as Page).bench.faceSearch(count, size),
				[FACES, dimensions] as const
			);
			figures.push(
				figure(`face-search-${dimensions}`, seen.p95, null, 'ms, p95', goal, {
					...{ faces: FACES, recallAt50: Number(seen.recall.toFixed(4)) },
					buildSeconds: Math.round(seen.buildMs / 1000)
				}),
				figure(
					`index-update-${dimensions}`,
					seen.update,
					null,
					'ms for one more face',
					'ours <= 2',
					{ p95: Number(seen.updateP95.toFixed(2)) }
				),
				figure(
					`index-update-${dimensions} start`,
					seen.restartMs,
					null,
					'ms to start with a stored index',
					'ours <= 1500'
				)
			);
		}
		return figures;
	});
}
