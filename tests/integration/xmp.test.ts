// Sidecars beside ExifTool: what we write it reads, what it writes we read.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readXmp } from '../../app/lib/photos/xmp.ts';
import { writeXmp } from '../../shared/photos/xmp.ts';
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

it('ExifTool reads what we write', () => {
	const path = join(folder, 'ours.xmp');
	writeFileSync(path, writeXmp(marks));
	const [read] = JSON.parse(exiftool('-json', '-G1', '-struct', path)) as Record<string, unknown>[];
	expect(read).toMatchObject({
		'XMP-xmp:Rating': 4,
		'XMP-xmp:Label': 'Yellow',
		'XMP-dc:Description': marks.caption,
		'XMP-dc:Subject': marks.keywords,
		'XMP-iptcExt:PersonInImage': ['Hana Alemu']
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
		'-charset',
		'utf8'
	);
	// Debian's knows no flags
	const { flag: _, ...known } = marks;
	expect(readXmp(readFileSync(path, 'utf8'))).toEqual(known);
	exiftool('-overwrite_original', '-XMP:Rating=-1', path);
	expect(readXmp(readFileSync(path, 'utf8')).flag).toBe('reject');
});
