import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkBytes, manifestFault, readManifest, writeManifest } from '#shared/files/manifest.ts';
import { noise } from '../../tests/support/noise.ts';
import { chunksOf } from './chunker.ts';

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
async function cut(pieces: Iterable<Uint8Array>) {
	const chunks: { length: number; hash: string }[] = [];
	for await (const bytes of chunksOf(pieces))
		chunks.push({ length: bytes.length, hash: hashOf(bytes) });
	return chunks;
}
function* split(bytes: Uint8Array, sizes: number[]) {
	let at = 0;
	for (let i = 0; at < bytes.length; i++) {
		const size = sizes[i % sizes.length]!;
		yield bytes.subarray(at, at + size);
		at += size;
	}
}

describe('content-defined chunks', () => {
	it('are within bounds, cover the file, and do not depend on how it was read', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 0, max: 3_000_000 }),
				fc.integer({ min: 1, max: 1e6 }),
				fc.array(fc.integer({ min: 1, max: 900_000 }), { minLength: 1, maxLength: 5 }),
				async (size, seed, sizes) => {
					const bytes = noise(size, seed);
					const chunks = await cut([bytes]);
					expect(manifestFault(chunks, size)).toBe(null);
					expect(
						await cut(
							split(
								bytes,
								sizes.map((each) => Math.max(each, size >> 8 || 1))
							)
						)
					).toEqual(chunks);
				}
			),
			{ numRuns: 40 }
		);
	});
	it('stay the same but for those around an edit', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 1, max: 1e6 }),
				fc.double({ min: 0, max: 1, noNaN: true }),
				fc.integer({ min: 0, max: 5_000 }),
				fc.integer({ min: 0, max: 5_000 }),
				async (seed, place, removed, added) => {
					const bytes = noise(4_000_000, seed);
					const at = Math.floor(place * (bytes.length - removed));
					const edited = Buffer.concat([
						bytes.subarray(0, at),
						noise(added, seed + 1),
						bytes.subarray(at + removed)
					]);
					const before = new Set((await cut([bytes])).map(({ hash }) => hash));
					const changed = (await cut([edited])).filter(({ hash }) => !before.has(hash));
					const sum = changed.reduce((all, { length }) => all + length, 0);
					// the chunk of the edit, and until the cuts agree again
					expect(sum).toBeLessThanOrEqual(3 * chunkBytes.max);
				}
			),
			{ numRuns: 40 }
		);
	});
	it('have the mean length that was asked for, on bytes that look random', async () => {
		const chunks = await cut([noise(40_000_000, 7)]);
		const mean = 40_000_000 / chunks.length;
		expect(mean).toBeGreaterThan(chunkBytes.mean * 0.8);
		expect(mean).toBeLessThan(chunkBytes.mean * 1.3);
	});
	it('are cut at the same places for ever: devices of all versions share them', async () => {
		const chunks = await cut([noise(2_000_000, 1)]);
		expect(hashOf(writeManifest(chunks))).toMatchInlineSnapshot(
			`"76d75271406ff94dae7b7e81f60415be3369fad758846e335f5285d60c2a2b70"`
		);
	});
	it('of bytes that are all alike are the longest there are', async () => {
		const lengths = (await cut([new Uint8Array(2_000_000)])).map(({ length }) => length);
		expect(Math.max(...lengths)).toBeLessThanOrEqual(chunkBytes.max);
		expect(manifestFault(await cut([new Uint8Array(2_000_000)]), 2_000_000)).toBe(null);
	});
});

describe('a manifest', () => {
	it('comes back as it was written', async () => {
		const chunks = await cut([noise(1_000_000, 3)]);
		expect(readManifest(writeManifest(chunks))).toEqual(chunks);
	});
	it.each([
		[
			'too short pieces',
			[
				{ length: 5, hash: 'a'.repeat(64) },
				{ length: 5, hash: 'b'.repeat(64) }
			],
			10
		],
		[
			'a too long piece',
			[{ length: chunkBytes.max + 1, hash: 'a'.repeat(64) }],
			chunkBytes.max + 1
		],
		['another size', [{ length: 50_000, hash: 'a'.repeat(64) }], 50_001],
		['nothing', [], 5],
		['an empty piece', [{ length: 0, hash: 'a'.repeat(64) }], 0]
	])('with %s is refused', (_, chunks, size) => {
		expect(manifestFault(chunks, size)).not.toBe(null);
	});
	it('that is cut off is refused', () => {
		expect(() => readManifest(new Uint8Array(35))).toThrow('cut off');
	});
});
