// How open the eyes on photos are: seen once on each device, and kept.
import { type Remote, wrap } from 'comlink';
import { type Face, readSidecar } from '#shared/faces/sidecar.ts';
import { faceKey } from '#shared/people/faces.ts';
import type { LookRow } from '../device/database.ts';
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
	/** The same of all faces that this device knows of a photo, in their order. */
	ofPhoto(photo: string): Promise<(number | null)[]>;
	destroy(): void;
}

/** From there down people are shown that eyes are closed: nearer to closed than to a squint. */
export const CLOSED_BELOW = 0.3;

/** The faces that this device knows of a photo. */
export async function facesKnown(
	{ database }: Pick<Studio, 'database'>,
	event: string,
	photo: string
): Promise<Face[]> {
	const row = await database.sidecars.get([event, photo]);
	return row ? readSidecar(row.bytes, 'any').faces : [];
}

export function createEyes(studio: Studio, event: EventState): Eyes {
	const { database, pictures } = studio;
	let worker: Worker | null = null;
	let remote: Remote<EyesWorker> | null = null;
	/** what is being looked at: the next burst is, before it is asked for */
	const pending = new Map<string, Promise<(number | null)[]>>();
	const seen = new Map<string, NonNullable<LookRow['eyes']>>();
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
		const known = seen.get(photo) ?? (await database.looks.get([event.id, photo]))?.eyes;
		if (known?.of === places) return known.open;
		const place = { workspace: event.workspace, event: event.id, photo };
		const address = await pictures.address(place, 'web');
		if (!address) return faces.map(() => null);
		const open = await look(address, faces);
		const eyes = { of: places, open };
		seen.set(photo, eyes);
		// a photo that nobody looked at for bursts has no place to keep it
		await database.looks.update([event.id, photo], { eyes });
		return open;
	};
	const of = async (photo: string, faces: readonly Face[]) => {
		if (faces.length === 0) return [];
		const seeing = pending.get(photo) ?? seeOnce(photo, faces).finally(() => pending.delete(photo));
		pending.set(photo, seeing);
		return seeing;
	};
	return {
		of,
		ofPhoto: async (photo) => of(photo, await facesKnown(studio, event.id, photo)),
		destroy: () => worker?.terminate()
	};
}
