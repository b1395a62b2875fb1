import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { jpegEnds, readDimensions, readJpegFrame } from './dimensions.ts';
import { sniffPhotoType } from './format.ts';
import { safeFileName, shownName } from './names.ts';
import { findPreview } from './preview.ts';

const require = createRequire(import.meta.url);
const jpeg = new Uint8Array(readFileSync(require.resolve('@vladmandic/face-api/demo/sample1.jpg')));
const bytes = (text: string) => Uint8Array.from(text.padEnd(64, '\0'), (c) => c.charCodeAt(0));

describe('formats', () => {
	it.each([
		['a JPEG', jpeg.slice(0, 64), 'image/jpeg'],
		['a PNG', bytes('\x89PNG\r\n\x1a\n'), 'image/png'],
		['a WebP', bytes('RIFF\0\0\0\0WEBPVP8 '), 'image/webp'],
		['a HEIC', bytes('\0\0\0\x18ftypheic'), 'image/heic'],
		['an AVIF', bytes('\0\0\0\x18ftypavif'), 'image/avif'],
		['a CR3', bytes('\0\0\0\x18ftypcrx '), 'image/x-raw'],
		['a NEF', bytes('MM\0*'), 'image/x-raw'],
		['a RAF', bytes('FUJIFILMCCD-RAW 0201'), 'image/x-raw']
	])('knows %s by what is inside', (_, head, type) => {
		expect(sniffPhotoType(head)).toBe(type);
	});
	it.each([
		'<svg xmlns="http://www.w3.org/2000/svg">',
		'<!doctype html>',
		'GIF89a',
		'%PDF-1.7',
		'MZ',
		''
	])('takes %j for no photo', (text) => {
		expect(sniffPhotoType(bytes(text))).toBeNull();
	});
});

describe('dimensions', () => {
	it('reads a JPEG', () => {
		expect(readDimensions(jpeg, 'image/jpeg')).toMatchObject({ width: 1920, height: 1280 });
		expect(jpegEnds(jpeg)).toBe(true);
		expect(jpegEnds(jpeg.slice(0, jpeg.length >> 1))).toBe(false);
	});
	it('reads what a PNG bomb claims', () => {
		const png = new Uint8Array(33);
		png.set(bytes('\x89PNG\r\n\x1a\n\0\0\0\rIHDR').slice(0, 16));
		new DataView(png.buffer).setUint32(16, 50_000);
		new DataView(png.buffer).setUint32(20, 50_000);
		expect(readDimensions(png, 'image/png')).toEqual({ width: 50_000, height: 50_000 });
	});
	it('survives any bytes', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(400), (random, cut) => {
				readDimensions(random, 'image/png');
				readDimensions(random, 'image/webp');
				readJpegFrame(Uint8Array.from([0xff, 0xd8, ...random]));
				readJpegFrame(jpeg.slice(0, cut));
				findPreview(random);
			}),
			{ numRuns: 2_000 }
		);
	});
});

describe('previews inside RAW files', () => {
	it('finds the largest JPEG among thumbnails and noise', () => {
		const noise = Uint8Array.from({ length: 5_000 }, (_, i) => (i * 7) % 251);
		const raw = new Uint8Array([
			...bytes('II*\0'),
			...noise,
			0xff,
			0xd8,
			0xff,
			0xe0,
			...noise,
			...jpeg,
			...noise
		]);
		const found = findPreview(raw)!;
		expect(found).toMatchObject({ width: 1920, height: 1280 });
		expect(raw.slice(found.start, found.end)).toEqual(jpeg.slice(0, found.end - found.start));
		expect(found.end - found.start).toBeGreaterThan(jpeg.length - 100);
	});
	it('says null where there is none', () => {
		expect(findPreview(bytes('II*\0'))).toBeNull();
	});
});

describe('names', () => {
	it.each([
		['../../etc/passwd', 'passwd'],
		['C:\\photos\\IMG_1.JPG', 'IMG_1.JPG'],
		['a\u0000b\nc.jpg', 'abc.jpg'],
		['', 'photo']
	])('shows %j as %j', (given, shown) => {
		expect(shownName(given)).toBe(shown);
	});
	it.each([
		['CON.jpg', '_CON.jpg'],
		['photo.jpg. . ', 'photo.jpg'],
		['evil\u202egpj.exe', 'evilgpj.exe'],
		['a:b*c?.jpg', 'a_b_c_.jpg'],
		['ጥምቀት 📷.jpg', 'ጥምቀት 📷.jpg']
	])('saves %j as %j', (given, safe) => {
		expect(safeFileName(given)).toBe(safe);
	});
	it('never gives two files one name on any file system', () => {
		const taken = new Set<string>();
		const names = ['IMG.jpg', 'img.JPG', 'é.jpg', 'é.jpg'.normalize('NFD'), 'IMG.jpg'].map((name) =>
			safeFileName(name, taken)
		);
		expect(new Set(names.map((name) => name.normalize('NFC').toLowerCase())).size).toBe(5);
	});
	it('is short, without separators, for any text', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
				const name = safeFileName(text);
				expect(name).not.toMatch(/[/\\<>:"|?*\p{Cc}]/u);
				expect(name).not.toMatch(/[. ]$/);
				expect(name.length).toBeGreaterThan(0);
				expect([...name].length).toBeLessThanOrEqual(130);
				expect(shownName(text).length).toBeLessThanOrEqual(255);
			}),
			{ numRuns: 5_000 }
		);
	});
});
