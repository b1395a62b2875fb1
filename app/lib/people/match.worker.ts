// Compares one face with those of sidecars, away from the page.
import { expose } from 'comlink';
import { distanceOf } from '#shared/faces/geometry.ts';
import { readSidecar } from '#shared/faces/sidecar.ts';
import { faceKey } from '#shared/people/faces.ts';
import type { SidecarRow } from '../device/database.ts';
import type { Found, Probe } from './everywhere.ts';

const api = {
	/** Photos with the face, each once, by the nearest of its faces; sidecars of other models are left out. */
	match({ model, embedding }: Probe, rows: SidecarRow[]): (Found & { distance: number })[] {
		return rows.flatMap(({ event, photo, bytes }) => {
			try {
				const { faces } = readSidecar(bytes, (id) => (id === model.id ? model : undefined));
				const [nearest] = faces
					.map(({ box, embedding: other }) => ({ box, distance: distanceOf(embedding, other) }))
					.sort((a, b) => a.distance - b.distance);
				if (!nearest || nearest.distance > model.threshold) return [];
				const { box, distance } = nearest;
				return [{ event, photo, face: faceKey(photo, box), distance }];
			} catch {
				// damaged, or of another model
				return [];
			}
		});
	}
};

export type MatchWorker = typeof api;
expose(api);
