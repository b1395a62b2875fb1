// The index of a device beside what comparing all faces says, with faces as alike as people's.
import { expose } from 'comlink';
import { FaceIndex, type Labels } from '../../../app/lib/faces/face-index.ts';
import { type StoredGraph, makeGraph, readGraph } from '../../../app/lib/faces/graph.ts';
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
		let graph: StoredGraph | null = null;
		const index = new FaceIndex(dimensions, async () => (graph = await makeGraph(dimensions)));
		const all: Float32Array[] = [];
		const add = async (many: number) => {
			const faces = Array.from({ length: many }, () => {
				const embedding = seen();
				all.push(embedding);
				return { photo: String(all.length - 1), digest: 0, embeddings: [embedding] };
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
		const labels = index.unsaved();
		await (graph as StoredGraph | null)?.save('bench.bin');
		return {
			...{ p95: p95(times), recall: found / wanted, buildMs, labels },
			update: update.reduce((sum, ms) => sum + ms, 0) / LATER,
			updateP95: p95(update)
		};
	},
	/** Starts with the graph that was saved, and the same faces. @returns ms until it can be searched */
	async restart(labels: Labels, dimensions: number) {
		const random = seededRandom(5);
		const { person: somebody, seen: seenOf } = facesOf(random, dimensions);
		const people = Array.from({ length: 100 }, somebody);
		// not the faces that the graph holds: what is compared takes as long
		const photos = labels.map(({ photo, digest }) => ({
			...{ photo, digest, embeddings: [seenOf(people[0]!)] }
		}));
		const start = performance.now();
		const graph = await readGraph(dimensions, 'bench.bin', labels.length);
		if (!graph) throw new Error('the graph is not there');
		const index = new FaceIndex(dimensions, () => Promise.reject(new Error('not needed')));
		index.restore(graph, labels);
		await index.add(photos);
		index.search(photos[0]!.embeddings[0]!, THRESHOLD);
		return performance.now() - start;
	}
};
export type FaceSearchWorker = typeof api;
expose(api);
