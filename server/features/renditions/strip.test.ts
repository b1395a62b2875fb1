import { readFileSync } from 'node:fs';
// eslint-disable-next-line no-restricted-imports -- what guests' programs would read
import ExifReader from 'exifreader';
// eslint-disable-next-line no-restricted-imports -- makes the photos
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { samplePhoto } from '../../../tests/support/paths.ts';
import { stripJpeg } from './strip.ts';

const sample = readFileSync(samplePhoto(1));
const exif = {
	IFD0: { Make: 'Canon', Model: 'EOS R5', Copyright: 'Studio Abeba', Artist: 'Hana' },
	IFD2: {
		DateTimeOriginal: '2026:01:19 17:03:22',
		BodySerialNumber: '012345678901',
		LensSerialNumber: '99',
		CameraOwnerName: 'Hana Alemu'
	},
	IFD3: {
		GPSLatitudeRef: 'N',
		GPSLatitude: '9/1 1/1 2966/100',
		GPSLongitudeRef: 'E',
		GPSLongitude: '38/1 44/1 4880/100'
	}
};
const made = (xmp?: string) => {
	const image = sharp(sample).resize(64).withExif(exif);
	return (xmp ? image.withXmp(xmp) : image).jpeg().toBuffer();
};
const tagsOf = (jpeg: Uint8Array) =>
	ExifReader.load(jpeg.buffer.slice(jpeg.byteOffset, jpeg.byteOffset + jpeg.length) as ArrayBuffer);
const strip = (jpeg: Uint8Array): Uint8Array => {
	const parts = stripJpeg(jpeg);
	return parts ? Buffer.concat(parts) : jpeg;
};
const pixels = (jpeg: Uint8Array) => sharp(jpeg).raw().toBuffer();

describe('what guests get of a JPEG', () => {
	it('says neither where it was taken nor with which camera, and keeps its picture, time and author', async () => {
		const before = await made();
		expect(tagsOf(before)).toHaveProperty('GPSLatitude');
		expect(before.includes('012345678901')).toBe(true);
		const after = strip(before);
		const tags = tagsOf(after);
		expect(Object.keys(tags).filter((name) => /^GPS(?! Info IFD)/.test(name))).toEqual([]);
		for (const secret of ['012345678901', 'Hana Alemu'])
			expect(Buffer.from(after).includes(secret)).toBe(false);
		expect(tags['Model']?.description).toBe('EOS R5');
		expect(tags['Copyright']?.description).toBe('Studio Abeba');
		expect(tags['DateTimeOriginal']?.description).toBe('2026:01:19 17:03:22');
		expect(await pixels(after)).toEqual(await pixels(before));
	});

	it('has no XMP, which may say it too, and nothing behind its picture', async () => {
		const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="9,1.49N"/></rdf:RDF></x:xmpmeta>`;
		const withXmp = await made(xmp);
		expect(withXmp.includes('exif:GPSLatitude')).toBe(true);
		// a second picture behind the first, as phones write it
		const before = Buffer.concat([withXmp, await made(xmp)]);
		const after = strip(before);
		expect(Buffer.from(after).includes('exif:GPSLatitude')).toBe(false);
		expect(Buffer.from(after).includes('012345678901')).toBe(false);
		expect(await pixels(after)).toEqual(await pixels(withXmp));
	});

	it('is the file itself where there is nothing to take out', async () => {
		const plain = await sharp(sample).resize(64).jpeg().toBuffer();
		expect(stripJpeg(plain)).toBeNull();
	});

	it('drops Exif that cannot be read, whatever its bytes', async () => {
		const before = await made();
		const at = before.indexOf('Exif\0');
		for (let index = 0; index < 400; index++) {
			const broken = Buffer.from(before);
			// eight bytes of the block are others
			for (let n = 0; n < 8; n++)
				broken[at + 6 + ((index * 37 + n * 101) % 300)] = (index * 7 + n) % 256;
			const after = strip(broken);
			expect(Buffer.from(after).subarray(-2)).toEqual(Buffer.from([0xff, 0xd9]));
			expect((await sharp(after).metadata()).width).toBe(64);
		}
		expect(() => stripJpeg(before.subarray(0, at + 20))).not.toThrow();
		expect(() => stripJpeg(new Uint8Array([0xff, 0xd8]))).not.toThrow();
	});
});
