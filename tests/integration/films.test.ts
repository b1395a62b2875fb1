// What films say of themselves. The small films were made with ffmpeg from its test pattern.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { lookIntoFilm, readFilmFacts } from '../../app/lib/photos/film.ts';
import { type FilmType, isFilm, sniffPhotoType } from '../../shared/photos/format.ts';
import { filmOf } from '../support/paths.ts';

const bytesOf = (name: string) => new Uint8Array(readFileSync(filmOf(name)));
const blobOf = (bytes: Uint8Array<ArrayBuffer>) => new Blob([bytes]);
const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const box = (type: string, ...inner: Uint8Array[]) => {
	const content = join(...inner);
	const head = Buffer.alloc(8);
	head.writeUInt32BE(content.length + 8);
	head.write(type, 4, 'latin1');
	return join(head, content);
};
/** A film whose header, at its end, has one box more, and no user data of its own. */
function withBox(film: Uint8Array, extra: Uint8Array): Uint8Array<ArrayBuffer> {
	const all = Buffer.from(join(film, extra));
	const at = all.indexOf('moov') - 4;
	expect(at + all.readUInt32BE(at)).toBe(film.length);
	all.writeUInt32BE(all.length - at, at);
	all.write('free', all.indexOf('udta'), 'latin1');
	return new Uint8Array(all);
}

describe('films', () => {
	it.each([
		['vp9.mp4', 'video/mp4', 320, 180, 2],
		['vp9-turned.mp4', 'video/mp4', 180, 320, 2],
		['vp8.webm', 'video/webm', 160, 90, 1],
		['h264.mov', 'video/quicktime', 160, 90, 1],
		['h264.m2ts', 'video/mp2t', 160, 90, null]
	] as const)(
		'%s is known by its content, with its size and length',
		async (name, type, width, height, seconds) => {
			const bytes = bytesOf(name);
			expect(sniffPhotoType(bytes.subarray(0, 512))).toBe(type);
			const look = await lookIntoFilm(blobOf(bytes), type, 3000);
			expect(look).toMatchObject({ stored: { width, height }, isDamaged: false, decoded: null });
			expect(look.duration).toBeGreaterThan(0.8);
			if (seconds) expect(look.duration).toBeCloseTo(seconds, 1);
		}
	);

	it('of camcorders and old cameras are films too', async () => {
		const avi = bytesOf('mjpeg.avi');
		expect(sniffPhotoType(avi)).toBe('video/x-msvideo');
		expect(await lookIntoFilm(blobOf(avi), 'video/x-msvideo', 3000)).toMatchObject({
			stored: null,
			isDamaged: false
		});
		// camcorders put four bytes before each packet
		const packets = bytesOf('h264.m2ts');
		const blu = join(
			...Array.from({ length: packets.length / 188 }, (_, i) =>
				join(new Uint8Array(4), packets.subarray(i * 188, (i + 1) * 188))
			)
		);
		expect(sniffPhotoType(blu.subarray(0, 512))).toBe('video/mp2t');
		// QuickTime before brands
		expect(sniffPhotoType(box('moov', new Uint8Array(600)))).toBe('video/quicktime');
	});

	it('are told from what only sounds, and from pictures', () => {
		const ftyp = (major: string, ...compatible: string[]) =>
			box('ftyp', Buffer.from(major), new Uint8Array(4), Buffer.from(compatible.join('')));
		expect(sniffPhotoType(ftyp('M4A ', 'isom', 'mp42'))).toBe(null);
		expect(sniffPhotoType(ftyp('wxyz', 'abcd'))).toBe(null);
		expect(sniffPhotoType(ftyp('wxyz', 'mp42'))).toBe('video/mp4');
		expect(sniffPhotoType(ftyp('avif', 'mif1'))).toBe('image/avif');
		expect(sniffPhotoType(ftyp('crx ', 'isom'))).toBe('image/x-raw');
		expect(sniffPhotoType(join(Buffer.from('RIFF'), new Uint8Array(4), Buffer.from('WAVE')))).toBe(
			null
		);
	});

	it('say when, by what and where they were taken', async () => {
		const said = (bytes: Uint8Array<ArrayBuffer>) => readFilmFacts(blobOf(bytes));
		// a phone: with a zone, so the clock on its wall counts
		expect(await said(bytesOf('h264.mov'))).toMatchObject({
			takenAt: '2026-01-19T20:04:00',
			camera: 'Apple iPhone 17'
		});
		const plain = bytesOf('vp9.mp4');
		expect(await said(plain)).toMatchObject({ takenAt: '2026-01-19T17:03:22', camera: null });
		const sony = `<?xml version="1.0"?><NonRealTimeMeta><CreationDate value="2026-01-19T18:30:00+03:00"/><Device manufacturer="Sony" modelName="ILCE-7M4" serialNo="4294967295"/></NonRealTimeMeta>`;
		const meta = box('meta', new Uint8Array(4), box('xml ', new Uint8Array(4), Buffer.from(sony)));
		for (const film of [join(plain, meta), withBox(plain, meta)])
			expect(await said(film)).toMatchObject({
				takenAt: '2026-01-19T18:30:00',
				camera: 'Sony ILCE-7M4',
				serial: '4294967295'
			});
		const thumbnail = await sharp({
			create: { width: 16, height: 16, channels: 3, background: '#888' }
		})
			.withExif({
				IFD0: { Make: 'Canon', Model: 'Canon EOS R6' },
				IFD2: { DateTimeOriginal: '2026:01:19 21:00:01' }
			})
			.jpeg()
			.toBuffer();
		const canon = withBox(plain, box('udta', box('CNTH', box('CNDA', thumbnail))));
		expect(await said(canon)).toMatchObject({
			takenAt: '2026-01-19T21:00:01',
			camera: 'Canon EOS R6'
		});
	});

	it('that are cut off, damaged or made up are kept, and end no worker', async () => {
		const films = ['vp9.mp4', 'vp8.webm', 'h264.mov', 'h264.m2ts'].map(bytesOf);
		const cut = films[0]!.slice(0, 5_000);
		expect(await lookIntoFilm(blobOf(cut), 'video/mp4', 3000)).toMatchObject({
			decoded: null,
			isDamaged: true
		});
		await fc.assert(
			fc.asyncProperty(
				fc.nat(films.length - 1),
				fc.array(fc.tuple(fc.nat(20_000), fc.nat(255)), { maxLength: 20 }),
				fc.nat(20_000),
				async (which, changes, length) => {
					const film = films[which]!.slice(0, 1 + length);
					for (const [at, to] of changes) if (at > 11 && at < film.length) film[at] = to;
					const type = sniffPhotoType(film) ?? 'video/mp4';
					const look = await lookIntoFilm(blobOf(film), type as FilmType, 3000);
					expect(isFilm(type)).toBe(true);
					expect(look.decoded).toBe(null);
				}
			),
			{ numRuns: 60 }
		);
	}, 60_000);
});
