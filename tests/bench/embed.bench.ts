// One face in Chromium on one thread of the processor beside the same model in onnxruntime-node on one thread.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { defaultEmbedder } from '#shared/faces/models.ts';
import type { Where } from '../../app/lib/faces/engine.ts';
import { root } from '../support/paths.ts';
import { type Figure, figure, median, round, withBenchPage } from './support.ts';

interface Page {
	bench: { embed(where: Where, runs: number): Promise<number[]> };
}

const RUNS = 60;

async function inNode(): Promise<number> {
	const session = await InferenceSession.create(
		readFileSync(join(root, 'static', defaultEmbedder.file)),
		{
			intraOpNumThreads: 1,
			extra: { session: { disable_quant_qdq: '1' } }
		}
	);
	const { size } = defaultEmbedder;
	const input = new Tensor(
		'float32',
		new Float32Array(3 * size * size).map((_, i) => Math.sin(i) / 3),
		[1, 3, size, size]
	);
	const times: number[] = [];
	for (let i = 0; i < RUNS + 5; i++) {
		const start = performance.now();
		await session.run({ faces: input });
		if (i >= 5) times.push(performance.now() - start);
	}
	return median(times);
}

export async function run(): Promise<Figure[]> {
	const [any, portable] = await withBenchPage(async (page) => {
		const embed = async (where: Where) =>
			median(
				await page.evaluate(
					([where, runs]) => (globalThis as unknown as Page).bench.embed(where, runs),
					[where, RUNS] as const
				)
			);
		return [await embed('any'), await embed('portable')] as const;
	});
	const peer = await inNode();
	return [
		figure('embed', any, peer, 'ms a face', 'ours <= 20, ratio <= 3', {
			portable: round(portable),
			portableIs: 'onnxruntime-web, as on guests’ phones and where there is no relaxed SIMD'
		})
	];
}
