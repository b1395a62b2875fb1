// 2 GB in files of 25 MB over loopback, at the speed of the machine: ours, beside a plain server that streams a PUT to disk
// with its SHA-256, fed by two requests at a time. Each server is a process of its own.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { noise } from '../support/noise.ts';
import { hashOf, uploadingDevice } from '../support/upload.ts';
import { startOurs } from './load/transfers.ts';
import { type Figure, figure } from './support.ts';

const FILES = 80;
const SIZE = 25_000_000;
/** Files that are held in memory at a time: what is measured is sending, not making them. */
const AT_ONCE = 8;

const here = dirname(fileURLToPath(import.meta.url));

function* batches(): Generator<Uint8Array<ArrayBuffer>[]> {
	for (let from = 0; from < FILES; from += AT_ONCE)
		yield Array.from({ length: AT_ONCE }, (_, n) => {
			const bytes = noise(SIZE, from + n + 1);
			bytes.set([0xff, 0xd8, 0xff, 0xe0]);
			return bytes;
		});
}

async function plain(): Promise<number> {
	const folder = mkdtempSync(join(tmpdir(), 'aura-plain-'));
	const server = fork(join(here, 'peers/plain-put.mjs'), [folder]);
	const port = await new Promise<number>((resolve) =>
		server.once('message', (message: { port: number }) => resolve(message.port))
	);
	let ms = 0;
	try {
		for (const files of batches()) {
			// a device knows the hash of what it sends: this one computes it too
			const began = performance.now();
			const rest = files.entries();
			const lane = async () => {
				for (const [n, bytes] of rest) {
					const answer = await fetch(`http://127.0.0.1:${port}/${n}`, {
						method: 'PUT',
						body: bytes
					});
					if ((await answer.text()) !== hashOf(bytes)) throw new Error('it arrived damaged');
				}
			};
			await Promise.all([lane(), lane()]);
			ms += performance.now() - began;
		}
	} finally {
		server.kill();
		rmSync(folder, { recursive: true, force: true });
	}
	return ms;
}

async function ours(): Promise<number> {
	const server = await startOurs();
	let ms = 0;
	try {
		for (const files of batches()) {
			const contents = files.map((bytes) => ({
				event: server.event,
				photo: hashOf(bytes).slice(0, 32),
				kind: 'original' as const,
				bytes
			}));
			const device = uploadingDevice(server.session, contents);
			const began = performance.now();
			if ((await device.drain()) !== files.length) throw new Error('not all were sent');
			ms += performance.now() - began;
		}
	} finally {
		await server.stop();
	}
	return ms;
}

export async function run(): Promise<Figure[]> {
	const total = (FILES * SIZE) / 1e6;
	const peer = total / ((await plain()) / 1000);
	const mine = total / ((await ours()) / 1000);
	return [
		figure('loopback', mine, peer, 'MB/s', 'ratio >= 0.7', {
			peerIs: 'a plain PUT that is streamed to disk with its SHA-256, and synced',
			bytes: FILES * SIZE
		})
	];
}
