// All pairs of people in the labelled photos, judged at the default threshold: ours beside face-api's own pipeline
// (SSD, its landmarks, its descriptor, its 0.6). And recall of the detection on photos with boxes drawn by hand.
import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { distanceOf } from '#shared/faces/geometry.ts';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { fixtures, samplePhoto } from '../support/paths.ts';
import { people } from './labels.ts';
import { type Figure, figure, withBenchPage } from './support.ts';

interface Found {
	box: { x: number; y: number; width: number; height: number };
	embedding: number[];
}
type Find = (file: string) => Promise<Found[]>;
interface Named {
	name: string;
	embedding: number[] | null;
}

const finder =
	(page: Page, kind: 'faces' | 'peerFaces'): Find =>
	(file) =>
		page.evaluate(
			([base64, which]) =>
				(globalThis as unknown as { bench: Record<string, (bytes: string) => Promise<Found[]>> })
					.bench[which]!(base64),
			[readFileSync(file).toString('base64'), kind] as const
		);

const holds = ({ box }: Found, x: number, y: number) =>
	x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;

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

/** One face a photo, in folders by person. */
async function folderOfPeople(folder: string, find: Find): Promise<Named[]> {
	const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
		name.endsWith('.jpg')
	);
	const list: Named[] = [];
	for (const file of files.sort()) {
		const faces = await find(join(folder, file));
		const largest = faces.sort(
			(a, b) => b.box.width * b.box.height - a.box.width * a.box.height
		)[0];
		list.push({ name: basename(dirname(file)), embedding: largest?.embedding ?? null });
	}
	return list;
}

async function samples(find: Find): Promise<Named[]> {
	const list: Named[] = [];
	for (const n of [1, 2, 3, 4, 5, 6] as const) {
		const faces = await find(samplePhoto(n));
		for (const [x, y, name] of people[n])
			if (name)
				list.push({ name, embedding: faces.find((face) => holds(face, x, y))?.embedding ?? null });
	}
	return list;
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
