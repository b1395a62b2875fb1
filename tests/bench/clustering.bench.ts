// Grouping faces into people: pairs of named faces judged by it beside plain DBSCAN (Ester et al. 1996) at the best of its
// settings on the same faces; and how long twenty thousand made-up faces take, whose people are as far apart as real ones.
import { join } from 'node:path';
import { distanceOf } from '#shared/faces/geometry.ts';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { Grouping, type Point, groupFaces } from '#shared/people/cluster.ts';
import { fixtures } from '../support/paths.ts';
import { facesOf } from '../support/made-up.ts';
import { seededRandom } from '../simulation/world.ts';
import { type Named, finder, folderOfPeople, samples } from './labelled.ts';
import { type Figure, figure, median, withBenchPage } from './support.ts';

/** Faces that come later, at a time, and how often. */
const ADDED = 100;
const ROUNDS = 5;
const FACES = Number(process.env['AURA_BENCH_FACES'] ?? 20_000);

/** Groups by number; what belongs to nobody is alone. */
function dbscan(points: readonly Point[], radius: number, core: number): number[] {
	const near = points.map(({ embedding }) =>
		points.flatMap((other, at) => (distanceOf(embedding, other.embedding) <= radius ? [at] : []))
	);
	const group = points.map(() => -1);
	let count = 0;
	for (const at of points.keys()) {
		if (group[at] !== -1 || near[at]!.length < core) continue;
		const reached = [at];
		for (const next of reached) {
			if (group[next] !== -1) continue;
			group[next] = count;
			if (near[next]!.length >= core) reached.push(...near[next]!);
		}
		count++;
	}
	return group.map((of) => (of === -1 ? count++ : of));
}

/** F1 over pairs: said to be one person, and are. */
function pairF1(names: readonly string[], group: readonly number[]): number {
	let [both, said, are] = [0, 0, 0];
	for (const [a, name] of names.entries())
		for (let b = 0; b < a; b++) {
			const isSaid = group[a] === group[b];
			const isSo = name === names[b];
			if (isSaid) said++;
			if (isSo) are++;
			if (isSaid && isSo) both++;
		}
	return both === 0 ? 0 : (2 * both) / (said + are);
}

/** A person for each ten faces, about as far from the next, and from themselves, as the labelled ones are. */
function madeUp(count: number, seed: number): Point[] {
	const random = seededRandom(seed);
	const { person: somebody, seen } = facesOf(random, defaultEmbedder.dimensions);
	const people = Array.from({ length: Math.ceil(count / 10) }, somebody);
	return Array.from({ length: count }, (_, n) => {
		const person = people[Math.floor(random() * people.length)]!;
		return {
			id: String(n).padStart(6, '0'),
			photo: `photo ${n >> 2}`,
			embedding: seen(person),
			quality: random()
		};
	});
}

export async function run(): Promise<Figure[]> {
	const folder = fixtures();
	const named = await withBenchPage(async (page): Promise<Named[]> => {
		const find = finder(page, 'faces');
		return [
			...(await samples(find)),
			...(folder ? await folderOfPeople(join(folder, 'people'), find) : [])
		];
	});
	if (!folder) console.error('clustering: the labelled fixtures are not here; sample photos only.');
	const found = named.filter(({ embedding }) => embedding !== null);
	const points = found.map(({ photo, embedding }, n): Point => ({
		id: String(n).padStart(4, '0'),
		photo,
		embedding: Float32Array.from(embedding!),
		quality: 1
	}));
	const names = found.map(({ name }) => name);
	const groups = groupFaces(points, defaultEmbedder.threshold);
	const of = new Map(groups.flatMap((ids, group) => ids.map((id) => [id, group] as const)));
	const ours = pairF1(
		names,
		points.map(({ id }) => of.get(id)!)
	);
	let peer = { f1: 0, radius: 0, core: 0 };
	for (let radius = 0.3; radius <= 0.75; radius += 0.01)
		for (const core of [1, 2, 3, 4]) {
			const f1 = pairF1(names, dbscan(points, radius, core));
			if (f1 > peer.f1) peer = { f1, radius, core };
		}

	const many = madeUp(FACES + ADDED * ROUNDS, 1);
	const grouping = new Grouping(defaultEmbedder.threshold);
	const time = (faces: readonly Point[]) => {
		const began = performance.now();
		grouping.add(faces);
		const made = grouping.people().groups.map(({ faces: ids }) => ids);
		return { made, ms: performance.now() - began };
	};
	const { made, ms } = time(many.slice(0, FACES));
	const seconds = ms / 1000;
	const added = Array.from({ length: ROUNDS }, (_, n) =>
		time(many.slice(FACES + n * ADDED, FACES + (n + 1) * ADDED))
	);
	const scratch = groupFaces(many, defaultEmbedder.threshold);
	if (JSON.stringify(scratch) !== JSON.stringify(added.at(-1)!.made))
		throw new Error('faces that were added are grouped otherwise than all at once');
	const photoOf = new Map(many.map(({ id, photo }) => [id, photo]));
	const merged = made.filter((ids) => new Set(ids.map((id) => photoOf.get(id))).size < ids.length);
	return [
		figure('clustering', ours, peer.f1, 'pair F1 on named faces', 'ratio >= 1', {
			faces: points.length,
			peerIs: `DBSCAN at its best: radius ${peer.radius.toFixed(2)}, ${peer.core} faces`
		}),
		figure('clustering time', seconds, null, 's from scratch', 'ours <= 20', { faces: FACES }),
		figure(
			'clustering of more',
			median(added.map(({ ms: each }) => each)),
			null,
			'ms for 100 more faces',
			'ours <= 200',
			{ faces: FACES }
		),
		figure(
			'clustering of one photo',
			merged.length,
			null,
			'people of two faces in one photo',
			'ours = 0'
		)
	];
}
