// Memory of the server while it writes the archive of a workspace of 5 GB, above what it has when idle.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { makeEvent, setUp, until } from '../support/client.ts';
import { noise } from '../support/noise.ts';
import { serverProcess } from '../support/server.ts';
import { uploadingDevice } from '../support/upload.ts';
import { type Figure, figure } from './support.ts';

const FILES = Number(process.env['AURA_BENCH_FILES'] ?? 200);
const SIZE = 25_000_000;

/** Resident memory of a process, MB. */
const memoryOf = (pid: number): number => {
	const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
	return Number(match![1]) / 1_000;
};

export async function run(): Promise<Figure[]> {
	const server = await serverProcess();
	try {
		const hana = await setUp(server);
		const event = await makeEvent(hana);
		for (let n = 0; n < FILES; n++) {
			const bytes = noise(SIZE, n + 1);
			bytes.set([0xff, 0xd8, 0xff, 0xe0]);
			const photo = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
			await uploadingDevice(hana, [{ event, photo, kind: 'original', bytes }]).drain();
		}
		// a fresh process: what sending left behind is not counted as idle
		await server.stop();
		await server.start();
		const address = `/api/workspaces/${hana.workspace}/exports`;
		await hana.json('GET', address);
		await new Promise((done) => setTimeout(done, 3_000));
		const idle = memoryOf(server.pid());
		let peak = idle;
		const watching = setInterval(() => (peak = Math.max(peak, memoryOf(server.pid()))), 100);
		const began = performance.now();
		await hana.json('POST', address, { hasFaces: true });
		let size = 0;
		await until(
			'the archive',
			async () => {
				const { exports } = await hana.json<{
					exports: { state: string; size: number | null }[];
				}>('GET', address);
				size = exports[0]!.size ?? 0;
				return exports[0]!.state === 'ready';
			},
			600_000
		);
		clearInterval(watching);
		const seconds = (performance.now() - began) / 1_000;
		return [
			figure('export-memory', peak - idle, null, 'MB above idle at the peak', 'ours < 100', {
				idle: Math.round(idle),
				gigabytes: size / 1e9,
				megabytesPerSecond: Math.round(size / 1e6 / seconds)
			})
		];
	} finally {
		await server.remove();
	}
}
