import { isFilm } from './format.ts';
import type { PhotoFacts } from './photo.ts';

interface Named {
	id: string;
	facts: Pick<PhotoFacts, 'name' | 'takenAt' | 'camera' | 'type' | 'by'>;
}

/** One press of the shutter: the file that is looked at, and those that belong to it. */
export interface Stack<P> {
	lead: P;
	/** RAW files beside a JPEG */
	others: P[];
}

const stemOf = (name: string) => name.replace(/\.[^.]*$/, '').toLowerCase();

/**
 * Keeps RAW and JPEG of one shot together: files of one person with one name but for its ending, taken at one time
 * by one camera, where both say so. The view live_shots of the database has the same rule.
 * @returns stacks in the order of the photos that lead them
 */
export function stacksOf<P extends Named>(photos: readonly P[]): Stack<P>[] {
	const leads = new Map<string, Stack<P>[]>();
	const keyOf = ({ facts }: P) => `${facts.by}/${stemOf(facts.name)}`;
	const isRaw = ({ facts }: P) => facts.type === 'image/x-raw';
	if (!photos.some(isRaw)) return photos.map((lead) => ({ lead, others: [] }));
	for (const photo of photos) {
		if (isRaw(photo) || isFilm(photo.facts.type)) continue;
		const key = keyOf(photo);
		leads.set(key, [...(leads.get(key) ?? []), { lead: photo, others: [] }]);
	}
	const stacks: Stack<P>[] = [];
	const made = new Map<P, Stack<P>>([...leads.values()].flat().map((stack) => [stack.lead, stack]));
	const alone = new Set<P>();
	for (const photo of photos) {
		if (!isRaw(photo)) continue;
		const fitting = (leads.get(keyOf(photo)) ?? []).filter(({ lead }) => {
			const [a, b] = [lead.facts, photo.facts];
			const agree = (one: string | null, other: string | null) =>
				one === null || other === null || one === other;
			return agree(a.takenAt, b.takenAt) && agree(a.camera, b.camera);
		});
		// two photos of one name, and nothing to tell them by: better apart than wrongly together
		if (fitting.length === 1) fitting[0]!.others.push(photo);
		else alone.add(photo);
	}
	for (const photo of photos) {
		if (alone.has(photo) || isFilm(photo.facts.type)) stacks.push({ lead: photo, others: [] });
		else if (!isRaw(photo)) stacks.push(made.get(photo)!);
	}
	return stacks;
}
