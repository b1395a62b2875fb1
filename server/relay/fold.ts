// Many updates become one, in a thread of its own: a large document takes tenths of a second.
import { Worker } from 'node:worker_threads';

interface Asked {
	id: number;
	updates: Uint8Array[];
	roots: string[];
}
interface Answer {
	id: number;
	/** null: they do not fold into one that says the same */
	state: Uint8Array | null;
}

/** Runs in the thread, on its own: everything that it needs is named here, and nothing that a bundler puts in the place of `require`. */
function inThread(): void {
	const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
	const { createRequire } = process.getBuiltinModule('node:module');
	// there, it is the thread's own priority: whoever is working now has the processor
	if (process.platform === 'linux') process.getBuiltinModule('node:os').setPriority(0, 10);
	const Y = createRequire((workerData as { from: string }).from)('yjs') as typeof import('yjs');
	const docOf = (updates: Uint8Array[], roots: string[]) => {
		const doc = new Y.Doc();
		for (const root of roots) doc.getMap(root);
		doc.transact(() => {
			for (const update of updates) Y.applyUpdate(doc, update);
		});
		return doc;
	};
	const contentOf = (doc: import('yjs').Doc, roots: string[]) =>
		JSON.stringify([
			roots.map((root) => Object.entries(doc.getMap(root).toJSON()).sort()),
			[...Y.decodeStateVector(Y.encodeStateVector(doc))].sort(([a], [b]) => a - b)
		]);
	parentPort!.on('message', ({ id, updates, roots }: Asked) => {
		const doc = docOf(updates, roots);
		const isWhole = !doc.store.pendingStructs && !doc.store.pendingDs;
		const state = Y.encodeStateAsUpdate(doc);
		// what was written must give the same document back
		const isSame = contentOf(docOf([state], roots), roots) === contentOf(doc, roots);
		parentPort!.postMessage({ id, state: isWhole && isSame ? state : null } satisfies Answer);
	});
}

/** ms for which the thread waits for the next document: each new one would translate all its code anew. */
const IDLE_MS = 10_000;

interface Folding {
	worker: Worker;
	waiting: Map<number, { resolve(state: Uint8Array): void; reject(error: Error): void }>;
	idle: NodeJS.Timeout | null;
}
let current: Folding | null = null;
let last = 0;

function begin(): Folding {
	const worker = new Worker(`(${inThread.toString()})()`, {
		eval: true,
		workerData: { from: import.meta.url }
	});
	const made: Folding = { worker, waiting: new Map(), idle: null };
	const end = (error: Error) => {
		if (current === made) current = null;
		if (made.idle) clearTimeout(made.idle);
		for (const { reject } of made.waiting.values()) reject(error);
		made.waiting.clear();
		void worker.terminate();
	};
	worker.on('message', ({ id, state }: Answer) => {
		const asked = made.waiting.get(id);
		made.waiting.delete(id);
		if (made.waiting.size === 0) {
			worker.unref();
			made.idle = setTimeout(end, IDLE_MS, new Error('nothing to do')).unref();
		}
		if (state) asked?.resolve(state);
		else asked?.reject(new Error('The updates do not fold into one that says the same.'));
	});
	worker.on('error', end);
	worker.on('exit', (code) => end(new Error(`The thread that folds updates ended with ${code}.`)));
	return made;
}

/**
 * @param roots names of the document's root maps
 * @returns one update that says the same. @throws Error when it would not
 */
export function foldUpdates(updates: Uint8Array[], roots: string[]): Promise<Uint8Array> {
	return new Promise((resolve, reject) => {
		const { worker, waiting, idle } = (current ??= begin());
		if (idle) clearTimeout(idle);
		worker.ref();
		const id = ++last;
		waiting.set(id, { resolve, reject });
		worker.postMessage({ id, updates, roots } satisfies Asked);
	});
}
