import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FaceIndex, type Graph } from './face-index.ts';

const vector = (...values: number[]) => Float32Array.from(values);
const photo = (name: string, ...embeddings: Float32Array[]) => ({
	...{ photo: name, digest: 1, embeddings }
});
const noGraph = () => Promise.reject<Graph>(new Error('not needed'));

it('finds exactly the faces within the threshold, nearest first', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), {
				maxLength: 60
			}),
			async (points) => {
				const index = new FaceIndex(2, noGraph);
				await index.add(points.map(([x, y], i) => photo(`p${i}`, vector(x, y))));
				const hits = index.search(vector(0, 0), 5);
				expect(new Set(hits.map(({ photo }) => photo))).toEqual(
					new Set(points.flatMap(([x, y], i) => (Math.hypot(x, y) <= 5 ? [`p${i}`] : [])))
				);
				for (const [i, hit] of hits.entries())
					if (i) expect(hit.distance).toBeGreaterThanOrEqual(hits[i - 1]!.distance);
			}
		)
	);
});

it('builds the graph once there are too many, with all that came before', async () => {
	const added: number[] = [];
	const graph: Graph = {
		add: (_, labels) => void added.push(...labels),
		nearest: () => [3, 0, 5]
	};
	const index = new FaceIndex(2, () => Promise.resolve(graph), 3);
	for (let i = 0; i < 6; i++) await index.add([photo(`p${i}`, vector(i, 0))]);
	expect(added).toEqual([0, 1, 2, 3, 4, 5]);
	expect(index.search(vector(0, 0), 4).map(({ photo }) => photo)).toEqual(['p0', 'p3']);
});

it('takes a graph from an earlier time: what is there again counts, what is not is not found, what is new is added', async () => {
	const added: number[][] = [];
	const graph: Graph = {
		add: (_, labels) => void added.push(labels),
		nearest: (_, count) => [0, 1, 2, 3, 4, 5].slice(0, count)
	};
	const first = new FaceIndex(2, () => Promise.resolve(graph), 3);
	const all = ['a', 'b', 'c', 'd'].map((name, i) => photo(name, vector(i, 0)));
	await first.add(all);
	const labels = first.unsaved();
	expect(labels).toEqual(all.map(({ photo: name }) => ({ photo: name, digest: 1, faces: 1 })));
	first.saved();
	expect(first.unsaved()).toBe('same');

	const again = new FaceIndex(2, noGraph, 3);
	added.length = 0;
	again.restore(graph, labels as never);
	expect(again.search(vector(0, 0), 9)).toEqual([]);
	// c is gone, d was found anew, e is new
	await again.add([all[0]!, all[1]!, { ...all[3]!, digest: 2 }, photo('e', vector(9, 9))]);
	expect(added).toEqual([[4, 5]]);
	expect(again.search(vector(0, 0), 9).map((hit) => hit.photo)).toEqual(['a', 'b', 'd']);
	expect(again.size).toBe(4);
	// two of six are not there any more
	expect(again.unsaved()).toBe('drop');
});
