import { createCutter } from '../../../app/lib/files/cutter.ts';
import { noise } from '../../support/noise.ts';

/** Milliseconds to read and cut a file with the application's own worker, and to read and hash it alone; by turns. */
export async function chunking(
	size: number,
	runs: number
): Promise<{ ours: number[]; peer: number[] }> {
	const file = new Blob([noise(size, 1)]);
	const cutter = createCutter();
	await cutter.cut(file.slice(0, 1_000_000));
	const ours: number[] = [];
	const peer: number[] = [];
	for (let i = 0; i < runs; i++) {
		let began = performance.now();
		await cutter.cut(file);
		ours.push(performance.now() - began);
		began = performance.now();
		await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
		peer.push(performance.now() - began);
	}
	cutter.stop();
	return { ours, peer };
}
