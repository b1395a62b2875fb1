import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../tests/simulation/world.ts';
import '../../tests/support/property.ts';
import { Grouping, type Point, type Told, groupFaces } from './cluster.ts';

const T = 0.55;
const DIMENSIONS = 32;

/** A direction of length 1.4, as embeddings have it. */
function somebody(random: () => number): Float32Array {
	const vector = Float32Array.from({ length: DIMENSIONS }, () => random() - 0.5);
	const norm = Math.hypot(...vector);
	return vector.map((value) => (value / norm) * 1.4);
}
/** Somebody's face, about so far from how they look. */
const seen = (person: Float32Array, spread: number, random: () => number): Float32Array => {
	const noise = Float32Array.from(person, () => random() - 0.5);
	const norm = Math.hypot(...noise);
	return person.map((value, d) => value + (noise[d]! / norm) * spread);
};
const point = (id: string, photo: string, embedding: Float32Array, quality = 0.8): Point => ({
	id,
	photo,
	embedding,
	quality
});
const sorted = (groups: string[][]) => groups.map((group) => [...group].sort().join(' ')).sort();

describe('grouping faces', () => {
	it('finds the people that there are', () => {
		const random = seededRandom(5);
		const people = Array.from({ length: 12 }, () => somebody(random));
		const faces = people.flatMap((person, n) =>
			Array.from({ length: 3 + n }, (_, k) =>
				point(`${n}-${k}`, `photo ${n * 100 + k}`, seen(person, 0.25, random))
			)
		);
		const groups = groupFaces(faces, T);
		expect(groups).toHaveLength(12);
		for (const group of groups) expect(new Set(group.map((id) => id.split('-')[0])).size).toBe(1);
		// those who are seen most come first
		expect(groups[0]).toHaveLength(14);
	});
	it('never takes two faces of one photo for one person, be they as alike as twins', () => {
		const twin = somebody(seededRandom(1));
		const faces = Array.from({ length: 20 }, (_, n) =>
			point(`${n}`, `photo ${n >> 1}`, twin.slice())
		);
		const groups = groupFaces(faces, T);
		expect(groups).toHaveLength(2);
		for (const group of groups) expect(new Set(group.map((id) => Number(id) >> 1)).size).toBe(10);
	});
	it('makes no one person of a chain of look-alikes', () => {
		const faces = Array.from({ length: 30 }, (_, n) => {
			const vector = new Float32Array(DIMENSIONS);
			vector[0] = 1;
			// each is near the next, and the ends are eight times too far apart
			vector[1] = n * 0.15;
			return point(String(n).padStart(2, '0'), `photo ${n}`, vector);
		});
		const groups = groupFaces(faces, T);
		expect(groups.length).toBeGreaterThan(3);
		for (const group of groups) {
			const places = group.map(Number);
			expect((Math.max(...places) - Math.min(...places)) * 0.15).toBeLessThan(2 * T);
		}
	});
	it('lets a poor face join somebody, and bring nobody together', () => {
		const at = (x: number) => {
			const vector = new Float32Array(DIMENSIONS);
			vector[0] = 1;
			vector[1] = x;
			return vector;
		};
		const faces = [
			...['a', 'b'].map((id) => point(id, `photo ${id}`, at(0))),
			...['x', 'y'].map((id) => point(id, `photo ${id}`, at(0.6))),
			point('poor', 'photo p', at(0.29), 0.05)
		];
		expect(sorted(groupFaces(faces, T))).toEqual(['a b poor', 'x y']);
	});
	it('says the same in whatever order faces come, and loses none', () => {
		const random = seededRandom(9);
		const people = Array.from({ length: 5 }, () => somebody(random));
		fc.assert(
			fc.property(
				fc.array(
					fc.record({
						person: fc.nat(4),
						photo: fc.nat(12),
						spread: fc.double({ min: 0, max: 0.6, noNaN: true }),
						quality: fc.double({ min: 0, max: 1, noNaN: true }),
						seed: fc.nat(1_000)
					}),
					{ maxLength: 40 }
				),
				fc.nat(1_000),
				(given, shuffle) => {
					const faces = given.map(({ person, photo, spread, quality, seed }, n) =>
						point(
							`f${n}`,
							`p${photo}`,
							seen(people[person]!, spread, seededRandom(seed + 1)),
							quality
						)
					);
					const mix = seededRandom(shuffle + 1);
					const mixed = faces
						.map((face) => ({ face, key: mix() }))
						.sort((a, b) => a.key - b.key)
						.map(({ face }) => face);
					const groups = groupFaces(faces, T);
					expect(groupFaces(mixed, T)).toEqual(groups);
					expect(groups.flat().sort()).toEqual(faces.map(({ id }) => id).sort());
					const photoOf = new Map(faces.map(({ id, photo }) => [id, photo]));
					for (const group of groups)
						expect(new Set(group.map((id) => photoOf.get(id))).size).toBe(group.length);
				}
			)
		);
	});
	it('says the same of faces that come one by one as of all at once', () => {
		const random = seededRandom(4);
		const people = Array.from({ length: 6 }, () => somebody(random));
		const faces = Array.from({ length: 400 }, (_, n) =>
			point(`f${n}`, `p${n >> 2}`, seen(people[n % 6]!, 0.5 * random(), random), random())
		);
		const grouping = new Grouping(T);
		for (let at = 0, step = 1; at < faces.length; at += step, step = (step * 3) % 37) {
			grouping.add(faces.slice(at, at + step));
			if (step % 2) grouping.people();
		}
		expect(grouping.people().groups.map(({ faces: ids }) => ids)).toEqual(groupFaces(faces, T));
		// photos that do not count are as if they were not there
		expect(
			grouping.people(undefined, (photo) => photo < 'p5').groups.flatMap(({ faces: ids }) => ids)
		).toHaveLength(faces.filter(({ photo }) => photo < 'p5').length);
	});
	it('has nothing to say of nobody', () => expect(groupFaces([], T)).toEqual([]));
});

describe('what people said', () => {
	const at = (id: string, x: number, photo = `photo ${id}`) => {
		const vector = new Float32Array(DIMENSIONS);
		vector[0] = 1;
		vector[1] = x;
		return point(id, photo, vector);
	};
	const told = (is: Record<string, string>, isNot: Record<string, string[]> = {}): Told => ({
		is: new Map(Object.entries(is)),
		isNot: new Map(Object.entries(isNot).map(([face, people]) => [face, new Set(people)]))
	});
	const grouped = (faces: Point[], said: Told) => {
		const grouping = new Grouping(T);
		grouping.add(faces);
		return grouping.people(said);
	};
	const named = (faces: Point[], said: Told) =>
		grouped(faces, said).groups.map(
			({ person, faces: ids }) => `${person ?? '?'}: ${[...ids].sort().join(' ')}`
		);

	it('gives a group the name of any of its faces', () =>
		expect(named([at('a', 0), at('b', 0.1), at('x', 3)], told({ b: 'Sara' }))).toEqual([
			'Sara: a b',
			'?: x'
		]));
	it('brings faces together that look like two people', () =>
		expect(
			named([at('a', 0), at('b', 0.1), at('x', 3), at('y', 3.1)], told({ a: 'Sara', x: 'Sara' }))
		).toEqual(['Sara: a b x y']));
	it('keeps siblings apart once each is told, and gives each what is nearer', () =>
		expect(
			named(
				[at('a', 0), at('b', 0.1), at('x', 0.3), at('y', 0.4)],
				told({ a: 'Sara', y: 'Ruth' })
			).sort()
		).toEqual(['Ruth: x y', 'Sara: a b']));
	it('never shows a face as somebody whom it is not', () => {
		const faces = [at('a', 0), at('b', 0.1), at('c', 0.15)];
		expect(named(faces, told({ a: 'Sara' }, { c: ['Sara'] })).sort()).toEqual([
			'?: c',
			'Sara: a b'
		]);
		// also where it was merged with somebody else first
		expect(named(faces, told({ a: 'Sara' }, { b: ['Sara'] })).join()).not.toMatch(/Sara: a b/);
	});
	it('believes people before photos: a mirror shows somebody twice', () =>
		expect(named([at('a', 0, 'p'), at('b', 0.1, 'p')], told({ a: 'Sara', b: 'Sara' }))).toEqual([
			'Sara: a b'
		]));
	it('shows what somebody said before what only looks like it', () => {
		const good = { ...at('a', 0), quality: 0.99 };
		const poor = { ...at('b', 0.1), quality: 0.05 };
		expect(grouped([good, poor], told({ b: 'Sara' })).groups).toEqual([
			{ person: 'Sara', faces: ['b', 'a'] }
		]);
	});
	it('asks about those who may be one person, most faces first, and never what was answered', () => {
		const group = (name: string, x: number, count: number) =>
			Array.from({ length: count }, (_, n) => at(`${name}${n}`, x + n * 0.001));
		// far enough to be two on the whole, and near at their edges
		const faces = [
			...group('a', 0, 4),
			at('a9', 0.12),
			...group('b', 0.62, 3),
			...group('y', 10, 2),
			at('y9', 10.12),
			...group('z', 10.62, 2)
		];
		const { groups, alike } = grouped(faces, told({}));
		const words = alike.map((pair) => pair.map((n) => groups[n]!.faces[0]![0]).join());
		expect(words).toEqual(['a,b', 'y,z']);
		const after = grouped(faces, told({ a0: 'Sara', b0: 'Ruth' }));
		expect(after.alike).toHaveLength(1);
	});
});
