// Cuts files into pieces in a worker of its own, which is made when the first file asks for it.
import { type Remote, wrap } from 'comlink';
import type { CutWorker } from './cut.worker.ts';

export interface Cutter {
	/** @returns the file's manifest */
	cut(file: Blob): Promise<Uint8Array<ArrayBuffer>>;
	stop(): void;
}

export function createCutter(): Cutter {
	let worker: Worker | null = null;
	let remote: Remote<CutWorker> | null = null;
	return {
		async cut(file) {
			if (!remote) {
				const { default: CutWorkerUrl } = await import('./cut.worker.ts?worker');
				worker = new CutWorkerUrl();
				remote = wrap<CutWorker>(worker);
			}
			return remote.cut(file) as Promise<Uint8Array<ArrayBuffer>>;
		},
		stop() {
			worker?.terminate();
			worker = null;
			remote = null;
		}
	};
}
