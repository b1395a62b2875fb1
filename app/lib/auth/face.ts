// Looks at somebody's own face on this device; the picture never leaves it.
import { type Remote, wrap } from 'comlink';
import { defaultEmbedder } from '#shared/faces/models.ts';
import SelfieWorkerClass from '../scan/selfie.worker.ts?worker';
import type { SelfieWorker } from '../scan/selfie.worker';

export interface FaceLook {
	worker: Remote<SelfieWorker>;
	end(): void;
}

export function openFaceLook(): FaceLook {
	const worker = new SelfieWorkerClass();
	const remote = wrap<SelfieWorker>(worker);
	remote.warm(defaultEmbedder).catch(() => undefined);
	return { worker: remote, end: () => worker.terminate() };
}
