// What is on a card, and what its photos will be called.
import { type FillIn, renamed } from '#shared/photos/fill-in.ts';
import type { Chosen } from '../importer.ts';
import { isSidecar, stemOf } from '../sidecars.ts';

/** A file of a card, with what is known of it before it is copied. */
export interface Found {
	chosen: Chosen;
	/** the camera's clock; null: nothing says */
	takenAt: string | null;
	camera: string | null;
	/** the event has taken in a file of this name, size and time before */
	isHere: boolean;
}

/** The files of one day, by the camera's clock. */
export interface Day {
	/** 2026-01-19; '': nothing says when */
	date: string;
	found: Found[];
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const pathOf = ({ file, path }: Chosen) => path ?? (file.webkitRelativePath || file.name);

/** Days, the last one first: it is the one that people came for. */
export function daysOf(found: readonly Found[]): Day[] {
	const days = new Map<string, Found[]>();
	for (const each of found) {
		const date = each.takenAt?.slice(0, 10) ?? '';
		days.set(date, [...(days.get(date) ?? []), each]);
	}
	return [...days]
		.map(([date, inIt]) => ({ date, found: inIt }))
		.sort((a, b) => compare(b.date, a.date));
}

/** Gives sidecars the times of their photos: their own say when somebody wrote them. */
export function withSidecars(found: readonly Found[]): Found[] {
	const shots = new Map<string, Found>();
	for (const each of found) if (!isSidecar(each.chosen)) shots.set(stemOf(each.chosen), each);
	return found.map((each) => {
		if (!isSidecar(each.chosen)) return each;
		const stem = stemOf(each.chosen);
		const photo = shots.get(stem) ?? shots.get(stem.replace(/\.[^./]*$/, ''));
		return { ...each, takenAt: photo?.takenAt ?? null, camera: photo?.camera ?? null };
	});
}

/** Files of cameras that are no photos and that nobody misses: indices, small previews of films. */
const isHousekeeping = ({ file: { name } }: Chosen): boolean =>
	/\.(ctg|ind|thm|lrv|bdm|cpi|mpl|ppn|sav|bnp|dat|bin)$/i.test(name);

export const withoutHousekeeping = (chosen: readonly Chosen[]): Chosen[] =>
	chosen.filter((each) => !isHousekeeping(each));

type Values = Pick<FillIn, 'event' | 'photographer'>;

/**
 * New names by a template, numbered in the order of the cameras' corrected clocks. What belongs to one shot (RAW, JPEG,
 * sidecar) has one number.
 * @param first number of the first shot
 * @param clockOf seconds that a camera's clock is corrected by
 */
export function namesOf(
	found: readonly Found[],
	template: string,
	values: Values,
	first: number,
	clockOf: (camera: string | null) => number = () => 0
): Map<Chosen, string> {
	const corrected = ({ takenAt, camera }: Found): string | null => {
		const by = clockOf(camera);
		if (!takenAt || by === 0) return takenAt;
		return new Date(Date.parse(`${takenAt}Z`) + by * 1000).toISOString().slice(0, 19);
	};
	const shots = new Map<string, { at: string | null; path: string; files: Found[] }>();
	// photos first: a sidecar finds its shot
	for (const each of [...found].sort(
		(a, b) => Number(isSidecar(a.chosen)) - Number(isSidecar(b.chosen))
	)) {
		const stem = stemOf(each.chosen);
		const shot = shots.get(stem) ?? shots.get(stem.replace(/\.[^./]*$/, ''));
		if (shot) shot.files.push(each);
		else shots.set(stem, { at: corrected(each), path: pathOf(each.chosen), files: [each] });
	}
	const sorted = [...shots.values()].sort(
		(a, b) => compare(a.at ?? '9999', b.at ?? '9999') || compare(a.path, b.path)
	);
	return new Map(
		sorted.flatMap(({ at, files }, index) => {
			const camera = files.find((each) => each.camera)?.camera ?? null;
			return files.map(({ chosen }): [Chosen, string] => [
				chosen,
				renamed(template, {
					...values,
					name: chosen.file.name,
					takenAt: at,
					camera,
					number: first + index
				})
			]);
		})
	);
}
