// Grouping ten thousand photos; and how many pairs are grouped rightly, on bursts made of shifted, turned and brightened crops.
import sharp from 'sharp';
import { type Moment, burstsOf } from '../../shared/photos/bursts.ts';
import {
	HASH_HEIGHT,
	HASH_WIDTH,
	type Look,
	clippedOf,
	differenceHash,
	sharpnessOf
} from '../../shared/photos/looks.ts';
import { samplePhoto } from '../support/paths.ts';
import { type Figure, figure, median } from './support.ts';

const PHOTOS = 10_000;

/** The same numbers on every run. */
function numbers(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}

async function lookOf(image: Buffer): Promise<Look> {
	// as the device does: from a thumbnail of 400 pixels
	const thumb = sharp(image).resize(400, 400, { fit: 'inside' }).removeAlpha();
	const grey = async (width: number, height: number) =>
		sharp(await thumb.clone().png().toBuffer())
			.resize(width, height, { fit: 'fill' })
			.greyscale()
			.raw()
			.toBuffer();
	const large = await grey(256, 171);
	return {
		hash: differenceHash(await grey(HASH_WIDTH, HASH_HEIGHT)),
		sharpness: sharpnessOf(large, 256, 171),
		clipped: clippedOf(large)
	};
}

interface Labelled extends Moment {
	scene: number;
}

/** Scenes are parts of photos; a burst is the same part, as a hand that is not still sees it. */
async function labelled(): Promise<Labelled[]> {
	const random = numbers(7);
	const photos: Labelled[] = [];
	let at = Date.UTC(2026, 0, 19, 8);
	for (let scene = 0; scene < 90; scene++) {
		const source = samplePhoto(((scene % 6) + 1) as 1);
		const { width = 0, height = 0 } = await sharp(source).metadata();
		const side = 0.45 + random() * 0.25;
		const [w, h] = [
			Math.floor(width * side),
			Math.floor(((width * side) / 3) * 2 > height ? height * side : (width * side * 2) / 3)
		];
		const [left, top] = [random() * (width - w) * 0.9, random() * (height - h) * 0.9];
		const shots = 1 + Math.floor(random() * 6);
		for (let shot = 0; shot < shots; shot++) {
			const jitter = (length: number) => (random() - 0.5) * 0.04 * length;
			const clamp = (value: number, most: number) => Math.max(0, Math.min(most, Math.round(value)));
			const image = await sharp(source)
				.extract({
					left: clamp(left + jitter(w), width - w),
					top: clamp(top + jitter(h), height - h),
					width: w,
					height: h
				})
				.modulate({ brightness: 0.9 + random() * 0.2 })
				.jpeg({ quality: 80 })
				.toBuffer();
			photos.push({
				id: `${scene}-${shot}`,
				scene,
				camera: 'X',
				takenAt: new Date(at).toISOString().slice(0, 19),
				look: await lookOf(image)
			});
			at += random() < 0.7 ? 0 : 1_000;
		}
		// the next scene follows at once, after a moment, or later
		at += [1_000, 2_000, 8_000, 40_000, 120_000][Math.floor(random() * 5)]!;
	}
	return photos;
}

const pairsOf = (groups: string[][]): Set<string> =>
	new Set(
		groups.flatMap((group) => group.flatMap((a, i) => group.slice(i + 1).map((b) => `${a}/${b}`)))
	);

export async function run(): Promise<Figure[]> {
	const random = numbers(3);
	const hex = () =>
		Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16)).join('');
	let hash = hex();
	const many = Array.from({ length: PHOTOS }, (_, i): Moment => {
		if (i % 5 === 0) hash = hex();
		return {
			id: String(i),
			camera: ['X', 'Y'][i % 2]!,
			takenAt: new Date(Date.UTC(2026, 0, 19, 8) + i * 1_000).toISOString().slice(0, 19),
			look: { hash, sharpness: 0.5, clipped: 0 }
		};
	});
	const times = Array.from({ length: 9 }, () => {
		const start = performance.now();
		burstsOf(many);
		return (performance.now() - start) / 1000;
	});
	const photos = await labelled();
	const truth = pairsOf(
		[...new Set(photos.map(({ scene }) => scene))].map((scene) =>
			photos.filter((photo) => photo.scene === scene).map(({ id }) => id)
		)
	);
	const found = pairsOf(burstsOf(photos));
	const right = [...found].filter((pair) => truth.has(pair)).length;
	const precision = right / found.size;
	const recall = right / truth.size;
	return [
		figure('bursts', median(times), null, 's for 10 000 photos', 'ours <= 5'),
		figure(
			'bursts F1',
			(2 * precision * recall) / (precision + recall),
			null,
			'F1 of pairs',
			'ours >= 0.95',
			{
				precision: Math.round(precision * 1000) / 1000,
				recall: Math.round(recall * 1000) / 1000,
				photos: photos.length,
				pairs: truth.size
			}
		)
	];
}
