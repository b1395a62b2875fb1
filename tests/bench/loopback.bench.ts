// 2 GB in files of 25 MB over loopback, at the speed of the machine: ours, beside a plain server that streams a PUT to disk
// with its SHA-256, fed by two requests at a time. Each server is a process of its own, and the files lie on the disk of
// the device.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import sharp from 'sharp';
import { type Chunk, writeManifest } from '#shared/files/manifest.ts';
import type { Transfer } from '#sync/transfer/ports.ts';
import { drain } from '#sync/transfer/upload.ts';
import { noise } from '../support/noise.ts';
import {
	type Content,
	hashOf,
	serverOf,
	transferOf,
	transfersIn,
	uploadingDevice
} from '../support/upload.ts';
import { startOurs } from './load/transfers.ts';
import { type Figure, figure } from './support.ts';

const FILES = 80;
const SIZE = 25_000_000;

const here = dirname(fileURLToPath(import.meta.url));

interface Sample {
	path: string;
	sha256: string;
}

function makeFiles(folder: string): Sample[] {
	return Array.from({ length: FILES }, (_, n) => {
		const bytes = noise(SIZE, n + 1);
		bytes.set([0xff, 0xd8, 0xff, 0xe0]);
		const path = join(folder, `${n}.jpg`);
		writeFileSync(path, bytes);
		return { path, sha256: hashOf(bytes) };
	});
}

async function plain(files: readonly Sample[]): Promise<number> {
	const folder = mkdtempSync(join(tmpdir(), 'aura-plain-'));
	const server = fork(join(here, 'peers/plain-put.mjs'), [folder]);
	const port = await new Promise<number>((resolve) =>
		server.once('message', (message: { port: number }) => resolve(message.port))
	);
	try {
		const began = performance.now();
		const rest = files.entries();
		const lane = async () => {
			for (const [n, { path }] of rest) {
				// a device knows the hash of what it sends: this one computes it too
				const body = await readFile(path);
				const url = `http://127.0.0.1:${port}/${n}`;
				const answer = await fetch(url, { method: 'PUT', body: new Uint8Array(body) });
				if ((await answer.text()) !== hashOf(body)) throw new Error('it arrived damaged');
			}
		};
		await Promise.all([lane(), lane()]);
		return performance.now() - began;
	} finally {
		server.kill();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** A worker that cuts files; ready when it comes. */
async function startCutter() {
	const worker = new Worker(join(here, 'load/cutter.mjs'));
	const waiting = new Map<string | null, (chunks: Chunk[]) => void>();
	worker.on('message', ({ path, chunks }: { path: string | null; chunks: Chunk[] }) =>
		waiting.get(path)?.(chunks)
	);
	await new Promise<Chunk[]>((resolve) => waiting.set(null, resolve));
	return {
		cut(path: string): Promise<Chunk[]> {
			const chunks = new Promise<Chunk[]>((resolve) => waiting.set(path, resolve));
			worker.postMessage(path);
			return chunks;
		},
		stop: () => worker.terminate()
	};
}

async function smallOf({ event, photo }: Transfer, n: number): Promise<Content[]> {
	const background = { r: n, g: n, b: n };
	const image = sharp({ create: { width: 400, height: 300, channels: 3, background } });
	return Promise.all(
		(['thumb', 'web'] as const).map(async (kind, m) => ({
			event,
			photo,
			kind,
			bytes: new Uint8Array(
				await image
					.clone()
					.webp({ quality: 50 + 20 * m })
					.toBuffer()
			)
		}))
	);
}

async function ours(files: readonly Sample[]): Promise<number> {
	const server = await startOurs();
	const cutter = await startCutter();
	const opened = new Map<string, FileHandle>();
	try {
		const pathOf = new Map<string, string>();
		const rows = files.map(({ path, sha256 }): Transfer => {
			const content = {
				event: server.event,
				photo: sha256.slice(0, 32),
				kind: 'original' as const
			};
			const row = transferOf(server.session, { ...content, bytes: new Uint8Array() });
			pathOf.set(row.id, path);
			return { ...row, sha256, size: SIZE };
		});
		// as a device does: what the server would make of an original, were it not there, comes before it
		const small = await Promise.all(rows.map(smallOf));
		await uploadingDevice(server.session, small.flat()).drain();
		for (const [id, path] of pathOf) opened.set(id, await open(path));
		const began = performance.now();
		const sent = await drain({
			server: serverOf(server.session),
			store: transfersIn(rows),
			async read({ id }, start, end) {
				const bytes = new Uint8Array(end - start);
				await opened.get(id)!.read(bytes, 0, bytes.length, start);
				return bytes;
			},
			cut: async ({ id }) => writeManifest(await cutter.cut(pathOf.get(id)!)),
			now: () => performance.now(),
			sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
			patience: (ms) => AbortSignal.timeout(ms),
			random: Math.random,
			isOpen: () => true
		});
		const ms = performance.now() - began;
		if (sent !== FILES) throw new Error('not all were sent');
		return ms;
	} finally {
		for (const file of opened.values()) await file.close();
		await cutter.stop();
		await server.stop();
	}
}

export async function run(): Promise<Figure[]> {
	const folder = mkdtempSync(join(tmpdir(), 'aura-loopback-'));
	try {
		const files = makeFiles(folder);
		const total = (FILES * SIZE) / 1e6;
		const peer = total / ((await plain(files)) / 1000);
		const mine = total / ((await ours(files)) / 1000);
		return [
			figure('loopback', mine, peer, 'MB/s', 'ratio >= 0.7', {
				peerIs: 'a plain PUT that is streamed to disk with its SHA-256, and synced',
				bytes: FILES * SIZE
			})
		];
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
