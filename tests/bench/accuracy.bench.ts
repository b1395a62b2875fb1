// All pairs of people in the labelled photos, by distance: ours beside face-api's own pipeline (SSD, its landmarks, its
// descriptor). The area under the ROC curve, and how many pairs of one person are recognised where one pair of strangers in
// a thousand is taken for one. AURA_FIXTURES/people may be any folder person/photo.jpg; AURA_FIXTURES/people/GROUP/person/photo.jpg
// is reported by group as well.
import { join } from 'node:path';
import { distanceOf } from '#shared/faces/geometry.ts';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { fixtures } from '../support/paths.ts';
import { type Find, type Named, finder, folderOfPeople, samples } from './labelled.ts';
import { type Figure, figure, withBenchPage } from './support.ts';

const FALSE_MATCHES = 1e-3;

interface Pairs {
	/** distances of pairs of one person, and of strangers; a face that was not found is far from everybody */
	same: number[];
	strangers: number[];
}

function pairsOf(list: readonly Named[]): Pairs {
	const pairs: Pairs = { same: [], strangers: [] };
	for (const [i, a] of list.entries())
		for (const b of list.slice(0, i)) {
			const far = !a.embedding || !b.embedding;
			const distance = far ? Infinity : distanceOf(a.embedding!, b.embedding!);
			(a.name === b.name ? pairs.same : pairs.strangers).push(distance);
		}
	return pairs;
}

/** Chance that a pair of one person is nearer than a pair of strangers (Mann and Whitney); a tie counts half. */
function rocArea({ same, strangers }: Pairs): number {
	let sum = 0;
	for (const near of same)
		for (const far of strangers) sum += near < far ? 1 : near === far ? 0.5 : 0;
	return sum / (same.length * strangers.length);
}

/** Share of pairs of one person nearer than all but FALSE_MATCHES of the pairs of strangers. */
function recallOf({ same, strangers }: Pairs): number {
	const sorted = [...strangers].sort((a, b) => a - b);
	const limit = sorted[Math.floor(sorted.length * FALSE_MATCHES)]!;
	return same.filter((distance) => distance < limit).length / same.length;
}

/** Pairs judged right at the threshold that is used. */
const rightOf = ({ same, strangers }: Pairs, threshold: number) =>
	same.filter((distance) => distance <= threshold).length +
	strangers.filter((distance) => distance > threshold).length;

export async function run(): Promise<Figure[]> {
	return withBenchPage(async (page) => {
		const figures: Figure[] = [];
		const compare = async (set: string, load: (find: Find) => Promise<Named[]>) => {
			const [mine, theirs] = [
				await load(finder(page, 'faces')),
				await load(finder(page, 'peerFaces'))
			];
			const [ours, peer] = [pairsOf(mine), pairsOf(theirs)];
			const about = { same: ours.same.length, strangers: ours.strangers.length };
			const missed = (list: readonly Named[]) => list.filter(({ embedding }) => !embedding).length;
			figures.push(
				figure(`accuracy ${set}`, rocArea(ours), rocArea(peer), 'ROC area', 'ratio >= 1', {
					...about,
					...{ notFound: missed(mine), peerNotFound: missed(theirs) }
				}),
				figure(
					`accuracy ${set} recall`,
					recallOf(ours),
					recallOf(peer),
					`share of pairs, at ${FALSE_MATCHES} false matches`,
					'ratio >= 1'
				),
				figure(
					`accuracy ${set} at the threshold`,
					rightOf(ours, defaultEmbedder.threshold),
					rightOf(peer, 0.6),
					`pairs judged right of ${ours.same.length + ours.strangers.length}`,
					set === 'sample photos' ? 'ours = all' : 'ratio >= 1'
				)
			);
			return mine;
		};
		await compare('sample photos', samples);
		const folder = fixtures();
		if (!folder) {
			console.error('accuracy: no labelled photos (AURA_FIXTURES); sample photos only.');
			return figures;
		}
		const people = await compare('people', (find) => folderOfPeople(join(folder, 'people'), find));
		const groups = new Map<string, Named[]>();
		for (const each of people) {
			const [group, person, ...rest] = each.photo.split('/');
			if (person && rest.length > 0) groups.set(group!, [...(groups.get(group!) ?? []), each]);
		}
		for (const [group, list] of groups)
			figures.push(
				figure(
					`accuracy ${group} recall`,
					recallOf(pairsOf(list)),
					null,
					`share of pairs, at ${FALSE_MATCHES} false matches within the group`,
					'-'
				)
			);
		return figures;
	});
}
