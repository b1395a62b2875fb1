// Groups faces into people. Agglomeration over the graph of near faces, nearest first: two groups become one only when they
// are near each other as a whole (average linkage, UPGMA: Sokal and Michener 1958), so that a chain of look-alikes does not
// make one person of many. What no face recognition knows, a photo does: two faces in it are two people. What people said
// stands above all: faces that are said to be one person are, and those that are said not to be never are.
import { type Edge, Neighbours } from './neighbours.ts';

/** A face, as far as grouping needs to know it. */
export interface Point {
	/** unique; ties are broken by it, so that the order of faces does not matter */
	id: string;
	photo: string;
	embedding: Float32Array;
	/** [0, 1] */
	quality: number;
}

/** What people said of faces; a person stands for everybody whom somebody merged with them. */
export interface Told {
	/** face -> the person that it is */
	is: ReadonlyMap<string, string>;
	/** face -> people that it is not */
	isNot: ReadonlyMap<string, ReadonlySet<string>>;
}
const NOTHING: Told = { is: new Map(), isNot: new Map() };

/** Faces of one person. */
export interface FaceGroup {
	/** whom somebody said that they are; null: nobody did */
	person: string | null;
	/** ids, best first; what somebody said is before what only looks like it */
	faces: string[];
}

export interface Grouped {
	/** the person with most faces first */
	groups: FaceGroup[];
	/** places of groups that may be one person: what is worth most to be asked is first */
	alike: [number, number][];
}

/** What is worse than this joins a group, and never brings two together. */
const POOR = 0.12;
/** Rounds of merging: a group that has grown may be nearer to another one than its faces were. */
const ROUNDS = 4;
/** Mean squared distance of two groups, in parts of the limit, up to which they may be one person after all. */
const MAYBE = 1.6;

interface Group {
	members: number[];
	/** of one face its photo alone */
	photos: string | Set<string>;
	/** of the embeddings */
	sum: Float32Array | Float64Array;
	/** of their squared norms */
	squares: number;
	/** whether a face of it may bring groups together */
	isSound: boolean;
	/** somebody may have several groups, that look different: only all together are they this person */
	named: Named | null;
	/** people that it is not */
	not: ReadonlySet<string> | null;
}

/** Somebody whom people named in these photos. */
interface Named {
	person: string;
	/** with any of their groups in them */
	photos: Set<string>;
}

/** Four sums do not wait for each other. One kind of array in each: engines make other code of what sees several. */
function dotOfSums(a: Float64Array, b: Float64Array): number {
	let [s0, s1, s2, s3] = [0, 0, 0, 0];
	let d = 0;
	for (; d + 4 <= a.length; d += 4) {
		s0 += a[d]! * b[d]!;
		s1 += a[d + 1]! * b[d + 1]!;
		s2 += a[d + 2]! * b[d + 2]!;
		s3 += a[d + 3]! * b[d + 3]!;
	}
	for (; d < a.length; d++) s0 += a[d]! * b[d]!;
	return s0 + s1 + s2 + s3;
}
/** The same with one face. */
function dotWithOne(a: Float64Array, b: Float32Array): number {
	let [s0, s1, s2, s3] = [0, 0, 0, 0];
	let d = 0;
	for (; d + 4 <= a.length; d += 4) {
		s0 += a[d]! * b[d]!;
		s1 += a[d + 1]! * b[d + 1]!;
		s2 += a[d + 2]! * b[d + 2]!;
		s3 += a[d + 3]! * b[d + 3]!;
	}
	for (; d < a.length; d++) s0 += a[d]! * b[d]!;
	return s0 + s1 + s2 + s3;
}

/** Mean of the squared distances between the faces of two groups. @param d2 of a face of one and a face of the other */
function apart(a: Group, b: Group, d2: number): number {
	const [n, m] = [a.members.length, b.members.length];
	const [x, y] = [a.sum, b.sum];
	let dot: number;
	if (x instanceof Float64Array)
		dot = y instanceof Float64Array ? dotOfSums(x, y) : dotWithOne(x, y);
	else if (y instanceof Float64Array) dot = dotWithOne(y, x);
	// one face each: it is theirs
	else return d2;
	return a.squares / n + b.squares / m - (2 * dot) / (n * m);
}

/** Whether a photo or a person says that they are two. */
function areTwo(a: Group, b: Group): boolean {
	if (a.named && b.named) return a.named !== b.named;
	if ((b.named && a.not?.has(b.named.person)) || (a.named && b.not?.has(a.named.person)))
		return true;
	return meet(a.named?.photos ?? a.photos, b.named?.photos ?? b.photos);
}

function meet(a: Group['photos'], b: Group['photos']): boolean {
	if (typeof a === 'string') return typeof b === 'string' ? a === b : b.has(a);
	if (typeof b === 'string') return a.has(b);
	const [small, large] = a.size < b.size ? [a, b] : [b, a];
	for (const photo of small) if (large.has(photo)) return true;
	return false;
}

function join(into: Group, from: Group): void {
	for (const member of from.members) into.members.push(member);
	const named = into.named ?? from.named;
	if (named) for (const group of [into, from]) note(named.photos, group.photos);
	into.named = named;
	// what is of one face alone is that face's
	if (typeof into.photos === 'string') into.photos = new Set([into.photos]);
	note(into.photos, from.photos);
	if (!(into.sum instanceof Float64Array)) into.sum = Float64Array.from(into.sum);
	for (let d = 0; d < into.sum.length; d++) into.sum[d]! += from.sum[d]!;
	into.squares += from.squares;
	into.isSound ||= from.isSound;
	if (from.not) into.not = into.not ? new Set([...into.not, ...from.not]) : from.not;
}

function note(all: Set<string>, photos: Group['photos']): void {
	if (typeof photos === 'string') all.add(photos);
	else for (const photo of photos) all.add(photo);
}

/** People of faces that come one after the other: the same for the same faces, in whatever order they came. */
export class Grouping {
	#neighbours: Neighbours;
	#limit: number;
	#squares: number[] = [];

	/** @param threshold distance up to which two faces are of one person */
	constructor(threshold: number) {
		this.#limit = threshold * threshold;
		this.#neighbours = new Neighbours(this.#limit);
	}

	get size(): number {
		return this.#squares.length;
	}

	add(faces: readonly Point[]): void {
		this.#neighbours.add(faces);
		for (const { embedding } of faces)
			this.#squares.push(embedding.reduce((sum, value) => sum + value * value, 0));
	}

	/** @param isHere whether faces of this photo count at all */
	people(told: Told = NOTHING, isHere: (photo: string) => boolean = () => true): Grouped {
		const { points } = this.#neighbours;
		const limit = this.#limit;
		const people = new Map<string, Named>();
		const namedAs = (person: string, photo: string): Named => {
			const named = people.get(person) ?? { person, photos: new Set() };
			named.photos.add(photo);
			people.set(person, named);
			return named;
		};
		const groups = points.map(({ id, photo, embedding, quality }, at): Group | null => {
			if (!isHere(photo)) return null;
			const person = told.is.get(id);
			return {
				members: [at],
				photos: photo,
				sum: embedding,
				squares: this.#squares[at]!,
				isSound: quality >= POOR || person !== undefined,
				named: person === undefined ? null : namedAs(person, photo),
				not: told.isNot.get(id) ?? null
			};
		});
		const isSound = groups.map((group) => group?.isSound ?? false);
		const isSaid = groups.map((group) => !!group?.named);
		// who was taken out of somebody's faces takes none of them along
		const isFree = groups.map((group) => !group?.not || !!group.named);
		const merge = (a: Group, b: Group) => {
			const [into, from] = a.members.length >= b.members.length ? [a, b] : [b, a];
			for (const member of from.members) groups[member] = into;
			join(into, from);
		};
		/** @returns the pairs that were too far apart on the whole; null: none was brought together */
		const run = (over: readonly Edge[], may: (a: Group, b: Group) => boolean): Edge[] | null => {
			const left: Edge[] = [];
			let isAny = false;
			for (const edge of over) {
				const [one, other] = [groups[edge.a]!, groups[edge.b]!];
				if (one === other || !may(one, other) || areTwo(one, other)) continue;
				if (apart(one, other, edge.d2) > limit) left.push(edge);
				else {
					merge(one, other);
					isAny = true;
				}
			}
			return isAny ? left : null;
		};
		const sound: Edge[] = [];
		const poor: Edge[] = [];
		for (const edge of this.#neighbours.edges()) {
			if (!groups[edge.a] || !groups[edge.b]) continue;
			(isSound[edge.a] && isSound[edge.b] ? sound : poor).push(edge);
		}
		const free = isFree.every(Boolean) ? sound : sound.filter(({ a, b }) => isFree[a] && isFree[b]);
		for (const pass of free === sound ? [sound] : [free, sound]) {
			let left: readonly Edge[] | null = pass;
			for (let round = 0; round < ROUNDS && left; round++) left = run(left, () => true);
		}
		// poor ones join, one by one
		run(poor, (a, b) => !a.isSound || !b.isSound);

		const best = (a: number, b: number) =>
			Number(isSaid[b]) - Number(isSaid[a]) ||
			points[b]!.quality - points[a]!.quality ||
			(points[a]!.id < points[b]!.id ? -1 : 1);
		const together = new Map<Group | Named, number[]>();
		for (const group of new Set(groups)) {
			if (!group) continue;
			const key = group.named ?? group;
			together.set(key, [...(together.get(key) ?? []), ...group.members]);
		}
		const all = [...together].map(([key, members]) => ({
			key,
			person: 'person' in key ? key.person : null,
			members: members.sort(best)
		}));
		const idOf = ({ members }: { members: number[] }) => points[members[0]!]!.id;
		all.sort((a, b) => b.members.length - a.members.length || (idOf(a) < idOf(b) ? -1 : 1));
		const placeOf = new Map(all.map(({ key }, at) => [key, at]));
		return {
			groups: all.map(({ person, members }) => ({
				person,
				faces: members.map((at) => points[at]!.id)
			})),
			alike: alike(sound, groups, (group) => placeOf.get(group.named ?? group)!, limit)
		};
	}
}

/** Pairs that only their distance on the whole has kept apart; the more faces an answer settles, and the likelier it is yes, the earlier. */
function alike(
	edges: readonly Edge[],
	groups: readonly (Group | null)[],
	placeOf: (group: Group) => number,
	limit: number
): [number, number][] {
	const seen = new Map<string, { pair: [number, number]; worth: number }>();
	const pairs = new Map<Group, Set<Group>>();
	for (const { a, b, d2 } of edges) {
		const [one, other] = [groups[a]!, groups[b]!];
		if (one === other || pairs.get(one)?.has(other) || pairs.get(other)?.has(one)) continue;
		const known = pairs.get(one) ?? new Set();
		pairs.set(one, known.add(other));
		const pair = [placeOf(one), placeOf(other)].sort((x, y) => x - y) as [number, number];
		if (pair[0] === pair[1] || areTwo(one, other)) continue;
		const worth =
			Math.min(one.members.length, other.members.length) * (MAYBE - apart(one, other, d2) / limit);
		const key = pair.join();
		if (worth > (seen.get(key)?.worth ?? 0)) seen.set(key, { pair, worth });
	}
	return [...seen.values()]
		.sort((x, y) => y.worth - x.worth || x.pair[0] - y.pair[0] || x.pair[1] - y.pair[1])
		.map(({ pair }) => pair);
}

/**
 * Groups all faces at once.
 * @returns ids of the faces of each person, best first; the person with most faces first
 */
export function groupFaces(faces: readonly Point[], threshold: number): string[][] {
	const grouping = new Grouping(threshold);
	grouping.add(faces);
	return grouping.people().groups.map(({ faces: ids }) => ids);
}
