import { describe, expect, it } from 'vitest';
import { toHex } from '#shared/bytes.ts';
import { writeManifest } from '#shared/files/manifest.ts';
import { FRAME_HEADER, readFrames } from './frames.ts';
import { type Job, bodyOf, learnPieces, pack, startJob, take } from './job.ts';
import type { Transfer } from './ports.ts';

const KB = 1024;

/** A file of pieces of these lengths, all of which the server lacks. */
async function jobOf(id: number, lengths: number[]): Promise<Job> {
	const sha256 = toHex(new Uint8Array(32).fill(id));
	const chunks = lengths.map((length, n) => ({ length, hash: toHex(new Uint8Array(32).fill(n)) }));
	const size = lengths.reduce((sum, length) => sum + length, 0);
	const transfer = { id: String(id), workspace: 'w', sha256, size, order: 0 } as Transfer;
	const job = startJob({ ...transfer, chunks: writeManifest(chunks) }, id);
	await learnPieces(job, () => Promise.reject(new Error('it is cut already')));
	take(job, { stored: false, missing: lengths.map((_, n) => [n, 0]) }, 1_000, 0);
	return job;
}
const packed = (toSend: Job[], most: number) =>
	pack(toSend, most, Infinity).map(({ job, piece, length }) => [
		Number(job.transfer.id),
		piece.index,
		length
	]);

describe('pack', () => {
	it('puts small files together', async () => {
		const toSend = [await jobOf(1, [500]), await jobOf(2, [300])];
		expect(packed(toSend, 64 * KB)).toEqual([
			[1, 0, 500],
			[2, 0, 300]
		]);
		expect(toSend).toEqual([]);
	});
	it('does not tear a file that fits a request of its own', async () => {
		const lengths = [100 * KB, 100 * KB];
		const toSend = [await jobOf(1, lengths), await jobOf(2, lengths)];
		const most = 2 * (100 * KB + FRAME_HEADER);
		expect(packed(toSend, most + 50 * KB)).toEqual([
			[1, 0, 100 * KB],
			[1, 1, 100 * KB]
		]);
		expect(packed(toSend, most + 50 * KB)).toHaveLength(2);
		expect(toSend).toEqual([]);
	});
	it('fills a request with the beginning of a file that fits none', async () => {
		const toSend = [await jobOf(1, [40 * KB]), await jobOf(2, [100 * KB, 100 * KB])];
		const most = 64 * KB;
		expect(packed(toSend, most)).toEqual([
			[1, 0, 40 * KB],
			[2, 0, 24 * KB - FRAME_HEADER]
		]);
	});
});

describe('bodyOf', () => {
	it('reads what follows each other in a file at once', async () => {
		const job = await jobOf(1, [10, 20, 30, 40]);
		const [first, second, , last] = pack([job], Infinity, Infinity);
		const asked: [number, number][] = [];
		const body = await bodyOf([first!, second!, last!], (_, start, end) => {
			asked.push([start, end]);
			return Promise.resolve(Uint8Array.from({ length: end - start }, (_, n) => start + n));
		});
		expect(asked).toEqual([
			[0, 30],
			[60, 100]
		]);
		const heard: number[][] = [];
		const handler = {
			begin: ({ index }: { index: number }) => void heard.push([index]),
			bytes: (part: Uint8Array) => void heard.at(-1)!.push(part[0]!, part.length),
			end: () => undefined
		};
		const once = async function* () {
			yield await Promise.resolve(body);
		};
		for await (const _ of readFrames(once(), handler));
		expect(heard).toEqual([
			[0, 0, 10],
			[1, 10, 20],
			[3, 60, 40]
		]);
	});
});
