import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FaceIndex, type Graph } from './face-index.ts';

const vector = (...values: number[]) => Float32Array.from(values);
const noGraph = () => Promise.reject<Graph>(new Error('not needed'));

it('finds exactly the faces within the threshold, nearest first', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), {
				maxLength: 60
			}),
			async (points) => {
				const index = new FaceIndex(2, noGraph);
				await index.add(
					points.map(([x, y], i) => ({ ref: { photo: `p${i}`, face: 0 }, embedding: vector(x, y) }))
				);
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
	for (let i = 0; i < 6; i++)
		await index.add([{ ref: { photo: `p${i}`, face: 1 }, embedding: vector(i, 0) }]);
	expect(added).toEqual([0, 1, 2, 3, 4, 5]);
	expect(index.search(vector(0, 0), 4).map(({ photo }) => photo)).toEqual(['p0', 'p3']);
});
