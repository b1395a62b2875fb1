import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../tests/simulation/world.ts';
import '../../tests/support/property.ts';
import { type Point, groupFaces } from './cluster.ts';

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
	it('has nothing to say of nobody', () => expect(groupFaces([], T)).toEqual([]));
});
