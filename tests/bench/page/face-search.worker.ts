// The index of a device beside what comparing all faces says, with faces as alike as people's.
import { expose } from 'comlink';
import { FaceIndex } from '../../../app/lib/faces/face-index.ts';
import { makeGraph } from '../../../app/lib/faces/graph.ts';
import { seededRandom } from '../../simulation/world.ts';
import { facesOf } from '../../support/made-up.ts';
import { distanceOf } from '#shared/faces/geometry.ts';

const FACES_A_PERSON = 20;
const THRESHOLD = 0.55;
const TOP = 50;
const PROBES = 200;
const LATER = 200;

const p95 = (times: number[]) => [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.95)]!;

const api = {
	async search(count: number, dimensions: number) {
		const random = seededRandom(5);
		const { person: somebody, seen: seenOf } = facesOf(random, dimensions);
		const people = Array.from({ length: count / FACES_A_PERSON }, somebody);
		const seen = () => seenOf(people[Math.floor(random() * people.length)]!);
		const index = new FaceIndex(dimensions, () => makeGraph(dimensions));
		const all: Float32Array[] = [];
		const add = async (many: number) => {
			const faces = Array.from({ length: many }, () => {
				const embedding = seen();
				all.push(embedding);
				return { ref: { photo: String(all.length - 1), face: 0 }, embedding };
			});
			const start = performance.now();
			await index.add(faces);
			return performance.now() - start;
		};
		let buildMs = 0;
		while (all.length < count) buildMs += await add(Math.min(1_000, count - all.length));
		const update: number[] = [];
		for (let n = 0; n < LATER; n++) update.push(await add(1));
		const times: number[] = [];
		let [wanted, found] = [0, 0];
		for (let n = 0; n < PROBES; n++) {
			const probe = seen();
			const start = performance.now();
			const hits = index.search(probe, THRESHOLD);
			times.push(performance.now() - start);
			const near = all
				.flatMap((embedding, at) => {
					const distance = distanceOf(embedding, probe);
					return distance <= THRESHOLD ? [{ at, distance }] : [];
				})
				.sort((a, b) => a.distance - b.distance)
				.slice(0, TOP);
			const got = new Set(hits.slice(0, TOP).map(({ photo }) => Number(photo)));
			wanted += near.length;
			found += near.filter(({ at }) => got.has(at)).length;
		}
		return { p95: p95(times), recall: found / wanted, buildMs, update: p95(update) };
	}
};
export type FaceSearchWorker = typeof api;
expose(api);
