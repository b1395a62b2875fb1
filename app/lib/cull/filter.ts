// Which photos are culled.
import type { PhotoFacts, PhotoMarks } from '#shared/photos/photo.ts';
import type { Stack } from '#shared/photos/pairs.ts';

export interface CullFilter {
	flag: 'all' | 'pick' | 'reject' | 'none';
	/** at least so many stars; -1: exactly none */
	stars: number;
	label: NonNullable<PhotoMarks['label']> | 'all' | 'none';
	/** the client's */
	favourite: 'all' | 'yes' | 'no';
	/** null: all folders; '': those that lie in none */
	folder: string | null;
	/** in name, caption, keywords, person or bib number; '': any */
	words: string;
	/** null: all cameras */
	camera: string | null;
	/** photos with one person; null: all */
	photos: ReadonlySet<string> | null;
	/** rated, flagged or labelled by this person; null: by anybody, or not at all */
	by: string | null;
	/** the camera's clock, 2026-01-19T17:03; '': open */
	from: string;
	to: string;
}

export const noFilter: CullFilter = {
	flag: 'all',
	stars: 0,
	label: 'all',
	favourite: 'all',
	folder: null,
	words: '',
	camera: null,
	photos: null,
	by: null,
	from: '',
	to: ''
};

export const isFiltered = (filter: CullFilter): boolean =>
	(Object.keys(noFilter) as (keyof CullFilter)[]).some((key) => filter[key] !== noFilter[key]);

interface Shown {
	id: string;
	facts: Pick<PhotoFacts, 'camera' | 'takenAt' | 'name' | 'type' | 'by'>;
}

/** Who set marks of a photo, by their ids. */
export type AuthorsOf = (photo: string) => readonly string[];

/** Whether all of these words are said of a photo, in any order and case. */
function says(words: string, name: string, { caption, keywords, subject }: PhotoMarks): boolean {
	const said = [name, caption, subject, ...(keywords ?? [])].join('\n').toLocaleLowerCase();
	return words
		.toLocaleLowerCase()
		.split(/\s+/)
		.every((word) => said.includes(word));
}

/** Whether a photo fits. @param marks of the photo */
export function fits(
	filter: CullFilter,
	{ id, facts }: Shown,
	marks: PhotoMarks,
	authorsOf: AuthorsOf = () => []
): boolean {
	const { rating = 0, flag, label, favourite = false, folder = '' } = marks;
	if (filter.flag === 'none' ? flag : filter.flag !== 'all' && flag !== filter.flag) return false;
	if (filter.stars === -1 ? rating > 0 : rating < filter.stars) return false;
	if (filter.label === 'none' ? label : filter.label !== 'all' && label !== filter.label)
		return false;
	if (filter.favourite !== 'all' && favourite !== (filter.favourite === 'yes')) return false;
	if (filter.folder !== null && folder !== filter.folder) return false;
	if (filter.words && !says(filter.words, facts.name, marks)) return false;
	if (filter.camera !== null && facts.camera !== filter.camera) return false;
	if (filter.photos && !filter.photos.has(id)) return false;
	if (filter.by !== null && !authorsOf(id).includes(filter.by)) return false;
	const at = facts.takenAt ?? '';
	// to the minute: 17:03 includes 17:03:59
	return (
		!(filter.from && at < filter.from) && !(filter.to && at.slice(0, filter.to.length) > filter.to)
	);
}

/** Stacks whose lead fits. */
export const filterStacks = <P extends Shown>(
	stacks: readonly Stack<P>[],
	filter: CullFilter,
	marksOf: (id: string) => PhotoMarks,
	authorsOf?: AuthorsOf
): Stack<P>[] =>
	isFiltered(filter)
		? stacks.filter(({ lead }) => fits(filter, lead, marksOf(lead.id), authorsOf))
		: [...stacks];
