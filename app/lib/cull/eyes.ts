// How open the eyes on photos are: seen once on each device, and kept.
import { type Remote, wrap } from 'comlink';
import type { Face } from '#shared/faces/sidecar.ts';
import { faceKey } from '#shared/people/faces.ts';
import type { EventState } from '../events/event.svelte.ts';
import type { Studio } from '../studio/studio.svelte.ts';
import EyesWorkerUrl from './eyes.worker.ts?worker';
import type { EyesWorker } from './eyes.worker.ts';

export interface Eyes {
	/**
	 * @param faces of the photo
	 * @returns for each of them, [0, 1]; null: that cannot be told
	 * @throws when what sees them cannot be loaded
	 */
	of(photo: string, faces: readonly Face[]): Promise<(number | null)[]>;
	destroy(): void;
}

export function createEyes({ database, pictures }: Studio, event: EventState): Eyes {
	let worker: Worker | null = null;
	let remote: Remote<EyesWorker> | null = null;
	/** what is being looked at: the next burst is, before it is asked for */
	const pending = new Map<string, Promise<(number | null)[]>>();
	const look = (address: string, faces: readonly Face[]) => {
		worker ??= new EyesWorkerUrl();
		remote ??= wrap<EyesWorker>(worker);
		return remote.see(
			address,
			faces.map(({ landmarks }) => Array.from(landmarks))
		);
	};
	const seeOnce = async (photo: string, faces: readonly Face[]) => {
		// faces that are found anew, by another model, are others
		const places = faces.map(({ box }) => faceKey(photo, box)).join();
		const row = await database.looks.get([event.id, photo]);
		if (row?.eyes?.of === places) return row.eyes.open;
		const place = { workspace: event.workspace, event: event.id, photo };
		const address = await pictures.address(place, 'web');
		if (!address) return faces.map(() => null);
		const open = await look(address, faces);
		await database.looks.update([event.id, photo], { eyes: { of: places, open } });
		return open;
	};
	return {
		async of(photo, faces) {
			if (faces.length === 0) return [];
			const seeing =
				pending.get(photo) ?? seeOnce(photo, faces).finally(() => pending.delete(photo));
			pending.set(photo, seeing);
			return seeing;
		},
		destroy: () => worker?.terminate()
	};
}
