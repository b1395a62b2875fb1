// The one place that knows hnswlib-wasm. Runs in workers.
import { loadHnswlib } from 'hnswlib-wasm';
import type { Graph } from './face-index.ts';

/** Links of a node, and how widely is looked while building and searching (measured: recall@10 of 0.997). */
const GRAPH = { links: 16, efConstruction: 100, efSearch: 100, seed: 42 };

/** An empty graph of nearest neighbours (Malkov and Yashunin 2018). @param dimensions of its vectors */
export async function makeGraph(dimensions: number): Promise<Graph> {
	const lib = await loadHnswlib('IDBFS');
	let capacity = 65_536;
	const index = new lib.HierarchicalNSW('l2', dimensions, '');
	index.initIndex(capacity, GRAPH.links, GRAPH.efConstruction, GRAPH.seed);
	index.setEfSearch(GRAPH.efSearch);
	let count = 0;
	return {
		add(vectors, labels) {
			count += vectors.length;
			if (count > capacity) index.resizeIndex((capacity = Math.max(count, capacity * 2)));
			index.addPoints(vectors, labels, false);
		},
		nearest(vector, wanted) {
			index.setEfSearch(Math.max(GRAPH.efSearch, wanted));
			return index.searchKnn(vector, Math.min(wanted, count), undefined).neighbors;
		}
	};
}
