// Sidecars beside ExifTool: what we write it reads, what it writes we read.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mergeXmp, readXmp } from '../../app/lib/photos/xmp.ts';
import { withXmp, xmpIn } from '../../shared/photos/jpeg-xmp.ts';
import { writeXmp } from '../../shared/photos/xmp.ts';
import { samplePhoto } from '../support/paths.ts';
import { ensureExiftool } from '../../tools/exiftool.mjs';

let folder: string;
beforeAll(() => {
	ensureExiftool();
	folder = mkdtempSync(join(tmpdir(), 'aura-xmp-'));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const exiftool = (...args: string[]) => execFileSync('exiftool', args, { encoding: 'utf8' });
const marks = {
	rating: 4,
	flag: 'pick' as const,
	label: 'yellow' as const,
	caption: 'ጥምቀት <2026> & "more"',
	keywords: ['wedding', 'a & b', 'ሠርግ'],
	subject: 'Hana Alemu'
};

const rights = {
	creator: 'Hana Alemu',
	credit: 'Studio "Abeba"',
	copyright: '© 2026 Studio Abeba & friends',
	terms: 'For the couple alone.'
};

it('ExifTool reads what we write', () => {
	const path = join(folder, 'ours.xmp');
	writeFileSync(path, writeXmp(marks, { rights, people: ['Sara', 'Hana Alemu'] }));
	const [read] = JSON.parse(exiftool('-json', '-G1', '-struct', path)) as Record<string, unknown>[];
	expect(read).toMatchObject({
		'XMP-xmp:Rating': 4,
		'XMP-xmp:Label': 'Yellow',
		'XMP-dc:Description': marks.caption,
		'XMP-dc:Subject': marks.keywords,
		'XMP-iptcExt:PersonInImage': ['Hana Alemu', 'Sara'],
		'XMP-dc:Creator': [rights.creator],
		'XMP-dc:Rights': rights.copyright,
		'XMP-photoshop:Credit': rights.credit,
		'XMP-xmpRights:UsageTerms': rights.terms,
		'XMP-xmpRights:Marked': true
	});
	expect(exiftool('-validate', '-warning', path)).toContain('OK');
});

it('we read what ExifTool writes', () => {
	const path = join(folder, 'theirs.xmp');
	exiftool(
		'-o',
		path,
		'-XMP:Rating=4',
		'-XMP-xmp:Label=Yellow',
		`-XMP-dc:Description=${marks.caption}`,
		...marks.keywords.map((word) => `-XMP-dc:Subject=${word}`),
		'-XMP-iptcExt:PersonInImage=Hana Alemu',
		`-XMP-dc:Creator=${rights.creator}`,
		`-XMP-photoshop:Credit=${rights.credit}`,
		`-XMP-dc:Rights=${rights.copyright}`,
		`-XMP-xmpRights:UsageTerms=${rights.terms}`,
		'-charset',
		'utf8'
	);
	// Debian's knows no flags
	const { flag: _, ...known } = marks;
	expect(readXmp(readFileSync(path, 'utf8'))).toEqual({ ...known, rights });
	exiftool('-overwrite_original', '-XMP:Rating=-1', path);
	expect(readXmp(readFileSync(path, 'utf8')).flag).toBe('reject');
});

it('JPEGs have it inside, in the place of what they had, and are the same picture', async () => {
	const path = join(folder, 'inside.jpg');
	const original = new Uint8Array(readFileSync(samplePhoto(1)));
	const first = withXmp(original, writeXmp({ rating: 1, caption: 'before' }))!;
	const second = withXmp(new Uint8Array(Buffer.concat(first)), writeXmp(marks, { rights }))!;
	writeFileSync(path, Buffer.concat(second));
	const [read] = JSON.parse(exiftool('-json', '-G1', path)) as Record<string, unknown>[];
	expect(read).toMatchObject({
		'XMP-xmp:Rating': 4,
		'XMP-dc:Description': marks.caption,
		'XMP-dc:Rights': rights.copyright
	});
	expect(exiftool('-validate', '-warning', '-a', path)).not.toContain('Duplicate');
	const pixels = (file: Uint8Array) => sharp(file).raw().toBuffer();
	expect((await pixels(Buffer.concat(second))).equals(await pixels(original))).toBe(true);
	expect(readXmp(xmpIn(Buffer.concat(second))!)).toMatchObject({ rating: 4, rights });
	expect(xmpIn(original)).toBeNull();
	exiftool('-overwrite_original', '-XMP:Rating=2', '-XMP-dc:Description=by ExifTool', path);
	expect(readXmp(xmpIn(readFileSync(path))!)).toMatchObject({
		rating: 2,
		caption: 'by ExifTool'
	});
	// taking it out again gives the file that it was
	const packet = Buffer.concat(second).length - Buffer.concat(withXmp(original, '')!).length;
	expect(packet).toBe(new TextEncoder().encode(writeXmp(marks, { rights })).length);
});

it('what other programs say stays, and ExifTool reads both', () => {
	const path = join(folder, 'merged.xmp');
	exiftool(
		...['-o', path, '-charset', 'utf8'],
		'-XMP-crs:Exposure2012=+0.50',
		'-XMP-crs:ToneCurvePV2012=0, 0',
		'-XMP-crs:ToneCurvePV2012=255, 255',
		'-XMP-GPano:ProjectionType=equirectangular',
		'-XMP-xmpMM:InstanceID=xmp.iid:1',
		'-XMP-xmp:Label=Second choice',
		'-XMP:Rating=2',
		'-XMP-dc:Subject=old',
		'-XMP-lr:HierarchicalSubject=places|old'
	);
	const { label: _, ...ours } = marks;
	const merged = mergeXmp(readFileSync(path, 'utf8'), { marks: ours, rights, people: ['Sara'] });
	writeFileSync(path, merged);
	const [read] = JSON.parse(exiftool('-json', '-G1', path)) as Record<string, unknown>[];
	expect(read).toMatchObject({
		'XMP-crs:Exposure2012': '+0.50',
		'XMP-crs:ToneCurvePV2012': ['0, 0', '255, 255'],
		'XMP-GPano:ProjectionType': 'equirectangular',
		'XMP-xmpMM:InstanceID': 'xmp.iid:1',
		'XMP-xmp:Label': 'Second choice',
		'XMP-xmp:Rating': 4,
		'XMP-dc:Description': marks.caption,
		'XMP-dc:Subject': marks.keywords,
		'XMP-iptcExt:PersonInImage': ['Hana Alemu', 'Sara'],
		'XMP-dc:Rights': rights.copyright
	});
	expect(read).not.toHaveProperty('XMP-lr:HierarchicalSubject');
	expect(exiftool('-validate', '-warning', path)).toContain('OK');
});

it('only JPEGs have it inside, and no more than they can hold', () => {
	const jpeg = new Uint8Array(readFileSync(samplePhoto(1)));
	expect(withXmp(jpeg, 'x'.repeat(70_000))).toBeNull();
	expect(withXmp(new TextEncoder().encode('no JPEG'), '<x/>')).toBeNull();
	expect(withXmp(jpeg.slice(0, 10), '<x/>')).toBeNull();
	expect(withXmp(new Uint8Array(), '<x/>')).toBeNull();
});
