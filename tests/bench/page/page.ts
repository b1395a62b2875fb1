import { wrap } from 'comlink';
import type { Where } from '../../../app/lib/faces/engine.ts';
import Faces from './faces.worker.ts?worker';
import { chunking } from './chunking.ts';
import { openNested, openOurs, prepareEvent } from './event.ts';
import { searchMany } from './face-index.ts';
import FaceSearch from './face-search.worker.ts?worker';
import type { FaceSearchWorker } from './face-search.worker.ts';
import type { FacesWorker } from './faces.worker.ts';

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

let faces: ReturnType<typeof wrap<FacesWorker>> | null = null;
const worker = () => (faces ??= wrap<FacesWorker>(new Faces()));

Object.assign(globalThis, {
	bench: {
		chunking,
		prepareEvent,
		searchMany,
		async faceSearch(count: number, dimensions: number) {
			const worker = new FaceSearch();
			const { labels, ...seen } = await wrap<FaceSearchWorker>(worker).search(count, dimensions);
			worker.terminate();
			if (typeof labels === 'string') throw new Error(`the graph: ${labels}`);
			// as when the event is opened the next time
			const restartMs = await wrap<FaceSearchWorker>(new FaceSearch()).restart(labels, dimensions);
			return { ...seen, restartMs };
		},
		openOurs,
		openNested,
		faces: (base64: string) => worker().faces(bytesOf(base64)),
		peerFaces: async (base64: string) => (await import('./peer.ts')).peerFaces(bytesOf(base64)),
		indexPhoto: (base64: string) => worker().index(bytesOf(base64)),
		peerPhoto: async (base64: string, backend: string) => {
			const { peerFaces } = await import('./peer.ts');
			const bytes = bytesOf(base64);
			const start = performance.now();
			const faces = await peerFaces(bytes, backend);
			return { ms: performance.now() - start, faces: faces.length };
		},
		embed: (where: Where, runs: number) => wrap<FacesWorker>(new Faces()).embed(where, runs)
	}
});
