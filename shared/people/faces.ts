// How faces are named in documents: by where they are, so that a decision outlives the model that found the face.
import type { Box } from '../faces/sidecar.ts';

const thousandths = (fraction: number) => Math.max(0, Math.min(1000, Math.round(fraction * 1000)));

/** @returns `<photo>/<x>,<y>`, the centre in thousandths of the photo */
export const faceKey = (photo: string, { x, y, width, height }: Box): string =>
	`${photo}/${thousandths(x + width / 2)},${thousandths(y + height / 2)}`;

/** A box as tables and the API have it. */
export const boxOf = ([x, y, width, height]: readonly number[]): Box => ({
	x: x!,
	y: y!,
	width: width!,
	height: height!
});

export interface FacePlace {
	photo: string;
	/** of the centre, [0, 1] */
	x: number;
	y: number;
}

/** @returns what a face's key says; keys with a person after it too */
export function placeOf(key: string): FacePlace {
	const [photo = '', centre = ''] = key.split('/');
	const [x = 0, y = 0] = centre.split(',').map(Number);
	return { photo, x: x / 1000, y: y / 1000 };
}

/** Place of the face that was meant among those that were found: its box holds the point, and its centre is nearest. */
export function faceAt(boxes: readonly Box[], { x, y }: Pick<FacePlace, 'x' | 'y'>): number | null {
	let best: number | null = null;
	let nearest = Infinity;
	for (const [at, box] of boxes.entries()) {
		if (x < box.x || x > box.x + box.width || y < box.y || y > box.y + box.height) continue;
		const distance = Math.hypot(x - box.x - box.width / 2, y - box.y - box.height / 2);
		if (distance >= nearest) continue;
		nearest = distance;
		best = at;
	}
	return best;
}

/** How far from the centre of a face a point may lie to mean it and not its neighbour, in parts of its size. */
const NEAR = 0.3;

/** Whether a face is one of those that lie at these places: how forgotten faces are known again. */
export const liesAt = (
	{ x, y, width, height }: Box,
	places: readonly Pick<FacePlace, 'x' | 'y'>[]
): boolean =>
	places.some(
		(place) =>
			Math.abs(place.x - x - width / 2) <= NEAR * width &&
			Math.abs(place.y - y - height / 2) <= NEAR * height
	);

/** What somebody said of faces, as documents hold it. */
export interface Decisions {
	/** face key -> person */
	identified: Iterable<readonly [key: string, person: string | null]>;
	/** `<face key>/<person>` -> true */
	excluded: Iterable<readonly [key: string, is: true | null]>;
}

/**
 * Finds the faces that decisions are about.
 * @param facesOf boxes of a photo's faces, and the id of each
 * @param standsFor the person that others were merged into
 */
export function toldOf(
	{ identified, excluded }: Decisions,
	facesOf: (photo: string) => { boxes: readonly Box[]; ids: readonly string[] },
	standsFor: (person: string) => string
): { is: Map<string, string>; isNot: Map<string, Set<string>> } {
	const find = (key: string): string | null => {
		const place = placeOf(key);
		const { boxes, ids } = facesOf(place.photo);
		const at = faceAt(boxes, place);
		return at === null ? null : ids[at]!;
	};
	const is = new Map<string, string>();
	const isNot = new Map<string, Set<string>>();
	// by key: where two keys mean one face now, all devices take the same one
	const inOrder = [...identified].sort(([a], [b]) => (a < b ? -1 : 1));
	for (const [key, person] of inOrder) {
		const face = person ? find(key) : null;
		if (face !== null) is.set(face, standsFor(person!));
	}
	for (const [key, is] of excluded) {
		const face = is ? find(key) : null;
		if (face === null) continue;
		const person = standsFor(key.slice(key.lastIndexOf('/') + 1));
		isNot.set(face, (isNot.get(face) ?? new Set()).add(person));
	}
	return { is, isNot };
}

/**
 * @param mergedInto person -> person
 * @returns for each person the one that stands for them; who was merged in a circle (by two people at once) is the one
 * with the smallest id
 */
export function standingFor(
	mergedInto: (person: string) => string | null | undefined
): (person: string) => string {
	const known = new Map<string, string>();
	return (person) => {
		const path: string[] = [];
		let at = person;
		for (;;) {
			const found = known.get(at);
			if (found !== undefined) {
				at = found;
				break;
			}
			const before = path.indexOf(at);
			if (before >= 0) {
				at = path.slice(before).sort()[0]!;
				break;
			}
			path.push(at);
			const next = mergedInto(at);
			if (!next) break;
			at = next;
		}
		for (const each of path) known.set(each, at);
		return at;
	};
}

/** How much of its photo a face takes, by area, as far as it is inside: [0, 1]. */
export function shareOf({ x, y, width, height }: Box): number {
	const inside = (start: number, length: number) =>
		Math.max(0, Math.min(1, start + length) - Math.max(0, start));
	return inside(x, width) * inside(y, height);
}
