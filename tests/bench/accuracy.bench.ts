// All pairs of people in the labelled photos, judged at the default threshold: ours beside face-api's own pipeline
// (SSD, its landmarks, its descriptor, its 0.6). And recall of the detection on photos with boxes drawn by hand.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { distanceOf } from '#shared/faces/geometry.ts';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { fixtures } from '../support/paths.ts';
import { type Find, type Found, type Named, finder, folderOfPeople, samples } from './labelled.ts';
import { type Figure, figure, withBenchPage } from './support.ts';

/** Pairs judged right: same person within the threshold, different people beyond; a face not found is wrong in all its pairs. */
function judge(list: Named[], threshold: number) {
	const result = { pairs: 0, right: 0 };
	for (const [i, a] of list.entries())
		for (const b of list.slice(0, i)) {
			result.pairs++;
			if (!a.embedding || !b.embedding) continue;
			if (distanceOf(a.embedding, b.embedding) <= threshold === (a.name === b.name)) result.right++;
		}
	return result;
}

async function recall(folder: string, find: Find): Promise<Figure> {
	const boxes = JSON.parse(readFileSync(join(folder, 'faces.json'), 'utf8')) as Record<
		string,
		[number, number, number, number][]
	>;
	let [total, hits, extra] = [0, 0, 0];
	for (const [file, list] of Object.entries(boxes)) {
		const { width, height } = await sharp(join(folder, file)).metadata();
		const faces = await find(join(folder, file));
		const used = new Set<Found>();
		for (const [left, top, w, h] of list) {
			total++;
			const near = faces.find((face) => {
				const x = (face.box.x + face.box.width / 2) * width;
				const y = (face.box.y + face.box.height / 2) * height;
				return (
					!used.has(face) && Math.abs(x - left - w / 2) < w / 2 && Math.abs(y - top - h / 2) < h / 2
				);
			});
			if (near) used.add(near);
		}
		hits += used.size;
		extra += faces.length - used.size;
	}
	return figure(
		'accuracy detection recall',
		hits / total,
		null,
		'share of boxed faces',
		'ours >= 0.97',
		{ boxes: total, outsideTheList: extra }
	);
}

export async function run(): Promise<Figure[]> {
	return withBenchPage(async (page) => {
		const [ours, peer] = [finder(page, 'faces'), finder(page, 'peerFaces')];
		const folder = fixtures();
		const figures: Figure[] = [];
		const total = { ours: 0, peer: 0, pairs: 0 };
		const compare = async (name: string, goal: string, load: (find: Find) => Promise<Named[]>) => {
			const a = judge(await load(ours), defaultEmbedder.threshold);
			const b = judge(await load(peer), 0.6);
			total.ours += a.right;
			total.peer += b.right;
			total.pairs += a.pairs;
			figures.push(
				figure(`accuracy ${name}`, a.right, b.right, `pairs judged right of ${a.pairs}`, goal)
			);
		};
		await compare('sample photos', 'ratio >= 1', samples);
		if (folder) {
			await compare('people', 'ours = all, ratio >= 1', (find) =>
				folderOfPeople(join(folder, 'people'), find)
			);
			figures.push(await recall(join(folder, 'group-photos'), ours));
		} else
			console.error(
				'accuracy: the labelled fixtures are not here (AURA_FIXTURES); sample photos only.'
			);
		figures.push(
			figure(
				'accuracy',
				total.ours,
				total.peer,
				`pairs judged right of ${total.pairs}`,
				'ratio >= 1'
			)
		);
		return figures;
	});
}
