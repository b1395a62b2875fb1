// Faces that were boxed by hand in photos of groups, and the same photos side by side in one large picture: how many are
// found, ours beside face-api's SSD; and how many boxes are on no boxed face.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { fixtures } from '../support/paths.ts';
import { type Find, type Found, finder } from './labelled.ts';
import { type Figure, figure, withBenchPage } from './support.ts';

type Boxes = [left: number, top: number, width: number, height: number][];
const MOSAIC = { width: 6_000, height: 4_000 };

interface Seen {
	faces: number;
	found: number;
	others: number;
}

async function look(find: Find, file: string, boxes: Boxes): Promise<Seen> {
	const { width, height } = await sharp(file).metadata();
	const faces = await find(file);
	const used = new Set<Found>();
	for (const [left, top, w, h] of boxes) {
		const hit = faces.find((face) => {
			const x = (face.box.x + face.box.width / 2) * width;
			const y = (face.box.y + face.box.height / 2) * height;
			return (
				!used.has(face) && Math.abs(x - left - w / 2) < w / 2 && Math.abs(y - top - h / 2) < h / 2
			);
		});
		if (hit) used.add(hit);
	}
	return { faces: boxes.length, found: used.size, others: faces.length - used.size };
}

/** The photos at their own size, again and again, until the picture is full. */
async function mosaic(folder: string, all: Record<string, Boxes>, to: string): Promise<Boxes> {
	const photos = await Promise.all(
		Object.entries(all).map(async ([file, boxes]) => ({
			input: join(folder, file),
			boxes,
			size: await sharp(join(folder, file)).metadata()
		}))
	);
	const placed: { input: string; left: number; top: number }[] = [];
	const boxes: Boxes = [];
	let [left, top, row] = [0, 0, 0];
	for (let n = 0; ; n++) {
		const { input, boxes: own, size } = photos[n % photos.length]!;
		if (left + size.width > MOSAIC.width) [left, top, row] = [0, top + row, 0];
		if (top + size.height > MOSAIC.height) break;
		placed.push({ input, left, top });
		for (const [x, y, w, h] of own) boxes.push([left + x, top + y, w, h]);
		left += size.width;
		row = Math.max(row, size.height);
	}
	await sharp({ create: { ...MOSAIC, channels: 3, background: '#777' } })
		.composite(placed)
		.jpeg({ quality: 92 })
		.toFile(to);
	return boxes;
}

export async function run(): Promise<Figure[]> {
	const fixture = fixtures();
	if (!fixture) throw new Error('There are no labelled photos (AURA_FIXTURES).');
	const folder = join(fixture, 'group-photos');
	const all = JSON.parse(readFileSync(join(folder, 'faces.json'), 'utf8')) as Record<string, Boxes>;
	const temporary = mkdtempSync(join(tmpdir(), 'aura-mosaic-'));
	try {
		const large = join(temporary, 'mosaic.jpg');
		const inLarge = await mosaic(folder, all, large);
		return await withBenchPage(async (page) => {
			const measure = async (kind: 'faces' | 'peerFaces') => {
				const find = finder(page, kind);
				const sum: Seen = { faces: 0, found: 0, others: 0 };
				for (const [file, boxes] of Object.entries(all)) {
					const seen = await look(find, join(folder, file), boxes);
					for (const key of ['faces', 'found', 'others'] as const) sum[key] += seen[key];
				}
				return { photos: sum, mosaic: await look(find, large, inLarge) };
			};
			const [ours, peer] = [await measure('faces'), await measure('peerFaces')];
			const share = ({ found, faces }: Seen) => found / faces;
			return [
				figure(
					'detection',
					share(ours.photos),
					share(peer.photos),
					'share of boxed faces',
					'ours = 1, others <= 3',
					{
						faces: ours.photos.faces,
						others: ours.photos.others,
						peerOthers: peer.photos.others
					}
				),
				figure(
					'detection mosaic',
					share(ours.mosaic),
					share(peer.mosaic),
					'share of boxed faces of 37 pixels in 6000 x 4000',
					'ours >= 0.95, ratio >= 1.5',
					{
						faces: ours.mosaic.faces,
						others: ours.mosaic.others,
						peerOthers: peer.mosaic.others
					}
				)
			];
		});
	} finally {
		rmSync(temporary, { recursive: true, force: true });
	}
}
