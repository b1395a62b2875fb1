// 100 files of 8 MB over a line of 1 Mbit/s, 300 ms there and back, cut every 20 s: bytes on the wire over bytes of the
// files, and the time over what the bandwidth alone would take. Time runs faster, for all of the network and the clients
// alike: what the servers need looks that many times slower.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { badNetwork } from '../support/bad-network.ts';
import { sessionOf } from '../support/client.ts';
import { noise } from '../support/noise.ts';
import { hashOf, uploadingDevice } from '../support/upload.ts';
import { startOurs, startTus } from './load/transfers.ts';
import { type Figure, figure, round } from './support.ts';

const FILES = Number(process.env['AURA_BENCH_FILES'] ?? 100);
const SIZE = 8_000_000;
/** times faster than real time */
const SCALE = Number(process.env['AURA_BENCH_SCALE'] ?? 10);
const weather = {
	seed: 1,
	bandwidth: (1e6 / 8) * SCALE,
	latency: 150 / SCALE,
	cutEvery: 20_000 / SCALE
};

export async function run(): Promise<Figure[]> {
	const folder = mkdtempSync(join(tmpdir(), 'aura-bench-'));
	const ours = await startOurs();
	const tus = await startTus();
	try {
		const files = Array.from({ length: FILES }, (_, n) => {
			const bytes = noise(SIZE, n + 1);
			bytes.set([0xff, 0xd8, 0xff, 0xe0]);
			return bytes;
		});
		const paths = files.map((bytes, n) => {
			const path = join(folder, `${n}.jpg`);
			writeFileSync(path, bytes);
			return path;
		});
		const total = FILES * SIZE;
		const ideal = (total / weather.bandwidth) * 1000;
		const over = async (port: number, send: (url: string) => Promise<void>) => {
			const network = await badNetwork({ port }, weather);
			const began = performance.now();
			await send(network.url);
			const time = performance.now() - began;
			const { up, down } = network.carried;
			const { cuts } = network.happened;
			await network.close();
			return { bytes: (up + down) / total, time: time / ideal, cuts };
		};
		const mine = await over(ours.port, async (url) => {
			const { cookie, userId, workspace } = ours.session;
			const through = sessionOf(url, cookie, userId, workspace);
			const contents = files.map((bytes) => ({
				event: ours.event,
				photo: hashOf(bytes).slice(0, 32),
				kind: 'original' as const,
				bytes
			}));
			const device = uploadingDevice(through, contents, { speed: SCALE });
			while (device.rows.length > 0) await device.drain();
		});
		const peer = await over(tus.port, (url) => tus.send(url, paths, SCALE));
		const more = {
			cuts: mine.cuts,
			peerCuts: peer.cuts,
			timeIsFaster: SCALE,
			peerIs: 'tus-js-client, three files at a time, @tus/server'
		};
		return [
			figure(
				'cuts',
				mine.bytes,
				peer.bytes,
				'bytes on the wire / bytes of the files',
				'ours <= 1.03',
				more
			),
			figure('cuts-time', mine.time, peer.time, 'time / (bytes / bandwidth)', 'ours <= 1.10', {
				...more,
				realHours: round((mine.time * ideal * SCALE) / 3_600_000)
			})
		];
	} finally {
		tus.stop();
		await ours.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}
