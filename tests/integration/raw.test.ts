// Previews of RAW files, found by their containers, beside ExifTool.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFacts } from '../../app/lib/photos/metadata.ts';
import { sniffPhotoType } from '../../shared/photos/format.ts';
import { findPreview } from '../../shared/photos/preview.ts';
import { readerOf } from '../../shared/photos/boxes.ts';
import { cr3Facts, locatePreview } from '../../shared/photos/raw.ts';
import { ensureExiftool } from '../../tools/exiftool.mjs';
import { samplePhoto } from '../support/paths.ts';
import { type RawKind, rawFile, rawKinds } from '../support/raw.ts';

let jpeg: Uint8Array<ArrayBuffer>;
let thumb: Uint8Array<ArrayBuffer>;
let folder: string;

beforeAll(async () => {
	ensureExiftool();
	folder = mkdtempSync(join(tmpdir(), 'aura-raw-'));
	jpeg = new Uint8Array(readFileSync(samplePhoto(1)));
	thumb = new Uint8Array(await sharp(samplePhoto(1)).resize(160).jpeg().toBuffer());
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const find = (bytes: Uint8Array<ArrayBuffer>) =>
	locatePreview(readerOf(new Blob([bytes])), bytes.length);

/** What ExifTool takes out of it, one after the other. */
function byExiftool(kind: RawKind, bytes: Uint8Array): Buffer {
	const path = join(folder, `photo.${kind}`);
	writeFileSync(path, bytes);
	const tags = ['-JpgFromRaw', '-PreviewImage', '-OtherImage'];
	return execFileSync('exiftool', ['-b', ...tags, path], {
		maxBuffer: 1e8,
		stdio: ['ignore', 'pipe', 'ignore']
	});
}

describe.each(rawKinds)('%s', (kind) => {
	it('is a RAW file, whose preview is found where ExifTool finds it', async () => {
		const raw = rawFile(kind, jpeg, thumb);
		expect(sniffPhotoType(raw.subarray(0, 64))).toBe('image/x-raw');
		const found = await find(raw);
		expect(found).toMatchObject({ width: 1920, height: 1280 });
		expect(raw.slice(found!.start, found!.end)).toEqual(jpeg);
		expect(byExiftool(kind, raw).includes(Buffer.from(jpeg))).toBe(true);
	});

	it('says when it was taken', async () => {
		const { takenAt, camera } = await readFacts(
			new Blob([rawFile(kind, jpeg, thumb)]),
			'image/x-raw'
		);
		// Fuji says it in its JPEG alone
		expect(takenAt).toMatch(kind === 'raf' ? /^\d{4}-/ : /^2026-01-19T17:03:22$/);
		expect(camera).not.toBeNull();
	});

	it('is searched whole where what its container says is not so', async () => {
		const raw = rawFile(kind, jpeg, thumb);
		const cut = raw.slice(0, Math.floor(raw.length / 2));
		const found = await find(cut);
		if (found) expect(found.end).toBeLessThanOrEqual(cut.length);
		// offsets that lie: every byte of the first directory turned over
		const lying = raw.slice();
		for (let i = 8; i < 160; i++) lying[i]! ^= 0xa5;
		await find(lying);
		expect(findPreview(raw)).toMatchObject({ width: 1920, height: 1280 });
	});
});

it('never hangs, throws or claims what is not in the file, whatever the bytes', async () => {
	const whole = rawKinds.map((kind) => rawFile(kind, thumb, thumb, 200));
	await fc.assert(
		fc.asyncProperty(
			fc.nat(whole.length - 1),
			fc.array(fc.tuple(fc.nat(4_000), fc.nat(255)), { maxLength: 40 }),
			fc.nat(5_000),
			async (which, changes, cut) => {
				const bytes = whole[which]!.slice(0, Math.max(16, whole[which]!.length - cut));
				for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
				const found = await find(bytes);
				if (found) {
					expect(found.start).toBeGreaterThan(0);
					expect(found.end).toBeLessThanOrEqual(bytes.length);
				}
				await cr3Facts(readerOf(new Blob([bytes])), bytes.length);
				await readFacts(new Blob([bytes]), 'image/x-raw');
			}
		),
		{ numRuns: 300 }
	);
});
