import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
	durationWords,
	exposureWords,
	formatWords,
	placeWords
} from '../../app/lib/photos/exif-words.ts';
import { readFacts } from '../../app/lib/photos/metadata.ts';

/** A JPEG that says this; GPS is IFD3, how it was taken IFD2. */
const saying = async (exif: Record<string, Record<string, string>>) => {
	const jpeg = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#888' } })
		.withExif(exif)
		.jpeg()
		.toBuffer();
	return readFacts(new Blob([new Uint8Array(jpeg)]), 'image/jpeg');
};

describe('what a photo says of itself', () => {
	it('is read: how, where and by what it was taken', async () => {
		const said = await saying({
			IFD0: {
				Make: 'NIKON CORPORATION',
				Model: 'NIKON Z 6',
				Artist: 'Hana Alemu',
				Copyright: '(c) Hana Alemu'
			},
			IFD2: {
				DateTimeOriginal: '2026:01:19 17:03:22',
				FNumber: '18/10',
				ExposureTime: '1/500',
				FocalLength: '85/1',
				ISOSpeedRatings: '400',
				LensModel: 'NIKKOR Z 85mm f/1.8 S',
				BodySerialNumber: '6012345'
			},
			IFD3: {
				GPSLatitudeRef: 'N',
				GPSLatitude: '9/1 1/1 4800/100',
				GPSLongitudeRef: 'E',
				GPSLongitude: '38/1 44/1 2400/100'
			}
		});
		expect(said).toMatchObject({
			takenAt: '2026-01-19T17:03:22',
			serial: '6012345',
			rights: { creator: 'Hana Alemu', copyright: '(c) Hana Alemu' },
			exif: {
				lens: 'NIKKOR Z 85mm f/1.8 S',
				focalLength: 85,
				fNumber: 1.8,
				exposureTime: 0.002,
				iso: 400
			},
			gps: [9.03, 38.74]
		});
		expect(exposureWords(said.exif!)).toBe('85 mm, f/1.8, 1/500 s, ISO 400');
		expect(placeWords(said.gps!)).toBe('9.03000° N, 38.74000° E');
	});

	it('is south and west too', async () => {
		const { gps } = await saying({
			IFD3: {
				GPSLatitudeRef: 'S',
				GPSLatitude: '1/1 30/1 0/1',
				GPSLongitudeRef: 'W',
				GPSLongitude: '2/1 0/1 0/1'
			}
		});
		expect(gps).toEqual([-1.5, -2]);
		expect(placeWords([-1.5, -2])).toBe('1.50000° S, 2.00000° W');
	});

	it('is left out where it is nonsense', async () => {
		const nonsense = await saying({
			IFD2: {
				FNumber: '0/0',
				ExposureTime: '1/0',
				FocalLength: '0/1',
				LensModel: ' ',
				BodySerialNumber: ' '
			},
			IFD3: {
				GPSLatitudeRef: 'N',
				GPSLatitude: '200/1 0/1 0/1',
				GPSLongitudeRef: 'E',
				GPSLongitude: '0/0 0/0 0/0'
			}
		});
		expect(nonsense).toMatchObject({ exif: null, gps: null, serial: null });
		const nowhere = await saying({
			IFD3: {
				GPSLatitudeRef: 'N',
				GPSLatitude: '0/1 0/1 0/1',
				GPSLongitudeRef: 'E',
				GPSLongitude: '0/1 0/1 0/1'
			}
		});
		expect(nowhere.gps).toBeNull();
		expect(await readFacts(new Blob([]), 'image/jpeg')).toMatchObject({
			takenAt: null,
			exif: null
		});
	});

	it('is said as photographers say it', () => {
		expect(exposureWords(undefined)).toBeNull();
		expect(exposureWords({})).toBeNull();
		expect(exposureWords({ exposureTime: 2.5 })).toBe('2.5 s');
		expect(exposureWords({ exposureTime: 1 / 3, fNumber: 8 })).toBe('f/8, 1/3 s');
	});

	it('of films and files is short', () => {
		expect([0.2, 59.6, 83, 3723].map(durationWords)).toEqual(['0:01', '1:00', '1:23', '1:02:03']);
		expect((['image/jpeg', 'image/x-raw', 'video/mp4'] as const).map(formatWords)).toEqual([
			...['JPEG', 'RAW', 'MP4']
		]);
	});
});
