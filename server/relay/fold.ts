// Many updates become one, in a thread of its own: a large document takes tenths of a second.
import { Worker } from 'node:worker_threads';

/** Runs in the thread, on its own: everything that it needs is named here, and nothing that a bundler puts in the place of `require`. */
function inThread(): void {
	const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
	const { createRequire } = process.getBuiltinModule('node:module');
	const given = workerData as { from: string; updates: Uint8Array[]; roots: string[] };
	const Y = createRequire(given.from)('yjs') as typeof import('yjs');
	const docOf = (updates: Uint8Array[]) => {
		const doc = new Y.Doc();
		for (const root of given.roots) doc.getMap(root);
		doc.transact(() => {
			for (const update of updates) Y.applyUpdate(doc, update);
		});
		return doc;
	};
	const contentOf = (doc: import('yjs').Doc) =>
		JSON.stringify([
			given.roots.map((root) => Object.entries(doc.getMap(root).toJSON()).sort()),
			[...Y.decodeStateVector(Y.encodeStateVector(doc))].sort(([a], [b]) => a - b)
		]);
	const doc = docOf(given.updates);
	const isWhole = !doc.store.pendingStructs && !doc.store.pendingDs;
	const state = Y.encodeStateAsUpdate(doc);
	// what was written must give the same document back
	const isSame = contentOf(docOf([state])) === contentOf(doc);
	parentPort!.postMessage(isWhole && isSame ? state : null);
}

/**
 * @param roots names of the document's root maps
 * @returns one update that says the same. @throws Error when it would not
 */
export function foldUpdates(updates: Uint8Array[], roots: string[]): Promise<Uint8Array> {
	return new Promise((resolve, reject) => {
		const worker = new Worker(`(${inThread.toString()})()`, {
			eval: true,
			workerData: { from: import.meta.url, updates, roots }
		});
		worker.once('message', (state: Uint8Array | null) => {
			if (state) resolve(state);
			else reject(new Error('The updates do not fold into one that says the same.'));
			void worker.terminate();
		});
		worker.once('error', reject);
	});
}
