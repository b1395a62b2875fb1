// One face in Chromium (WASM) beside the same model in onnxruntime-node on one thread.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { root } from '../support/paths.ts';
import { type Figure, figure, median, round, withBenchPage } from './support.ts';

interface Page {
	bench: { embed(threads: number, runs: number): Promise<number[]> };
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
	const [one, two] = await withBenchPage(async (page) => [
		median(
			await page.evaluate((runs) => (globalThis as unknown as Page).bench.embed(1, runs), RUNS)
		),
		median(
			await page.evaluate((runs) => (globalThis as unknown as Page).bench.embed(2, runs), RUNS)
		)
	]);
	const peer = await inNode();
	return [
		figure('embed', one!, peer, 'ms a face', 'ours <= 20, ratio <= 5', { twoThreads: round(two!) })
	];
}
