// The one place that knows hnswlib-wasm. Runs in workers.
import {
	type HierarchicalNSW,
	type HnswlibModule,
	loadHnswlib,
	syncFileSystem
} from 'hnswlib-wasm';
import type { Graph } from './face-index.ts';

/** Links of a node, and how widely is looked while building (pgvector's defaults) and searching. Recall: tests/bench/face-search. */
const GRAPH = { links: 16, efConstruction: 64, efSearch: 100, seed: 42 };
/** Faces that there is room for at first, and beyond those of a stored graph. */
const CAPACITY = 65_536;

/** A graph that can be kept for the next time. */
export interface StoredGraph extends Graph {
	/** Writes it on this device, in place of any other graph: one may have a hundred megabytes. */
	save(name: string): Promise<void>;
}

function graphOf(index: HierarchicalNSW, held: number, room: number): StoredGraph {
	let [count, capacity] = [held, room];
	index.setEfSearch(GRAPH.efSearch);
	return {
		add(vectors, labels) {
			count += vectors.length;
			if (count > capacity) index.resizeIndex((capacity = Math.max(count, capacity * 2)));
			index.addPoints(vectors, labels, false);
		},
		nearest(vector, wanted) {
			index.setEfSearch(Math.max(GRAPH.efSearch, wanted));
			return index.searchKnn(vector, Math.min(wanted, count), undefined).neighbors;
		},
		async save(name) {
			await index.writeIndex(name);
			// what this worker has not read goes
			await syncFileSystem('write');
		}
	};
}

const load = (): Promise<HnswlibModule> => loadHnswlib('IDBFS');

/** An empty graph of nearest neighbours (Malkov and Yashunin 2018). @param dimensions of its vectors */
export async function makeGraph(dimensions: number): Promise<StoredGraph> {
	const lib = await load();
	const index = new lib.HierarchicalNSW('l2', dimensions, '');
	index.initIndex(CAPACITY, GRAPH.links, GRAPH.efConstruction, GRAPH.seed);
	return graphOf(index, 0, CAPACITY);
}

/** A graph that was saved. @returns null when it is not there, is damaged, or does not hold as many vectors */
export async function readGraph(
	dimensions: number,
	name: string,
	count: number
): Promise<StoredGraph | null> {
	try {
		const lib = await load();
		await syncFileSystem('read');
		if (!lib.EmscriptenFileSystemManager.checkFileExists(name)) return null;
		const index = new lib.HierarchicalNSW('l2', dimensions, '');
		await index.readIndex(name, count + CAPACITY);
		return index.getCurrentCount() === count ? graphOf(index, count, count + CAPACITY) : null;
	} catch {
		return null;
	}
}
