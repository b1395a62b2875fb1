// One photo of 24 megapixels with five faces, from its bytes to its sidecar in a worker, beside face-api (SSD, landmarks,
// descriptor, the fastest backend that runs here) from the same bytes in the same browser.
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import type { Page } from 'playwright-core';
import { samplePhoto } from '../support/paths.ts';
import { type Figure, figure, median, withBenchPage } from './support.ts';

const RUNS = 12;
const PEER_RUNS = 3;

/** Backends of the peer that a browser may have; what is missing is passed over. */
const BACKENDS = ['webgpu', 'webgl', 'wasm', 'cpu'];

interface Run {
	ms: number;
	faces: number;
}
interface Bench {
	bench: Record<'indexPhoto' | 'peerPhoto', (base64: string, backend: string) => Promise<Run>>;
}

/** The first one loads and warms. */
async function times(
	page: Page,
	kind: keyof Bench['bench'],
	photo: string,
	runs: number,
	how = ''
) {
	const list: Run[] = [];
	for (let n = 0; n <= runs; n++)
		list.push(
			await page.evaluate(
				([which, base64, backend]) =>
					(globalThis as unknown as Bench).bench[which](base64, backend),
				[kind, photo, how] as const
			)
		);
	return { ms: median(list.slice(1).map(({ ms }) => ms)), faces: list.at(-1)!.faces, how };
}

export async function run(): Promise<Figure[]> {
	const photo = await sharp(readFileSync(samplePhoto(5)))
		.resize(6_000, 4_000, { fit: 'cover' })
		.jpeg({ quality: 92 })
		.toBuffer();
	const base64 = photo.toString('base64');
	return withBenchPage(async (page) => {
		const ours = await times(page, 'indexPhoto', base64, RUNS);
		const peers: Awaited<ReturnType<typeof times>>[] = [];
		for (const backend of BACKENDS)
			await times(page, 'peerPhoto', base64, PEER_RUNS, backend).then(
				(peer) => peers.push(peer),
				(error: Error) => console.error(`index-photo: ${backend}: ${error.message.split('\n')[0]}`)
			);
		const peer = peers.sort((a, b) => a.ms - b.ms)[0]!;
		return [
			figure('index-photo', ours.ms, peer.ms, 'ms', 'ours <= 400, ratio <= 0.3', {
				faces: ours.faces,
				peerFaces: peer.faces,
				peerBackend: peer.how,
				bytes: photo.length
			})
		];
	});
}
