// Previews of RAW files taken out, beside ExifTool doing the same for all of them in one run.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { locatePreview } from '../../shared/photos/raw.ts';
import { ensureExiftool } from '../../tools/exiftool.mjs';
import { samplePhoto } from '../support/paths.ts';
import { rawFile, rawKinds } from '../support/raw.ts';
import { type Figure, figure } from './support.ts';

const FILES = 100;
const RAW_BYTES = 20_000_000;

export async function run(): Promise<Figure[]> {
	ensureExiftool();
	const folder = await mkdtemp(join(tmpdir(), 'aura-raw-'));
	try {
		const jpeg = new Uint8Array(
			await sharp(samplePhoto(3))
				.resize(6000, 4000, { fit: 'cover' })
				.jpeg({ quality: 80 })
				.toBuffer()
		);
		const thumb = new Uint8Array(await sharp(samplePhoto(3)).resize(160).jpeg().toBuffer());
		const files = join(folder, 'raw');
		for (const place of [files, join(folder, 'ours'), join(folder, 'theirs')]) await mkdir(place);
		for (let i = 0; i < FILES; i++) {
			const kind = rawKinds[i % rawKinds.length]!;
			await writeFile(
				join(files, `IMG_${String(i).padStart(3, '0')}.${kind}`),
				rawFile(kind, jpeg, thumb, RAW_BYTES)
			);
		}
		const ours = async () => {
			const start = performance.now();
			for (const name of await readdir(files)) {
				const file = await open(join(files, name));
				const read = async (at: number, length: number) => {
					const bytes = new Uint8Array(length);
					return bytes.subarray(0, (await file.read(bytes, 0, length, at)).bytesRead);
				};
				const found = await locatePreview(read, (await file.stat()).size);
				if (!found) throw new Error(`${name} has no preview.`);
				const preview = await read(found.start, found.end - found.start);
				await writeFile(join(folder, 'ours', `${name}.jpg`), preview);
				await file.close();
			}
			return FILES / ((performance.now() - start) / 1000);
		};
		const theirs = () => {
			const start = performance.now();
			const out = join(folder, 'theirs', '%f_%t.jpg');
			execFileSync(
				'exiftool',
				['-q', '-b', '-JpgFromRaw', '-PreviewImage', '-OtherImage', '-W!', out, files],
				{ stdio: 'ignore' }
			);
			return FILES / ((performance.now() - start) / 1000);
		};
		// once for the page cache
		await ours();
		const figures = { ours: await ours(), peer: theirs() };
		const made = (await readdir(join(folder, 'theirs'))).length;
		return [
			figure('raw-preview', figures.ours, figures.peer, 'previews/s', 'ratio >= 1', {
				files: FILES,
				byExiftool: made
			})
		];
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
