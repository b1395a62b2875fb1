// The cameras of an event, told apart by their bodies where they say which they are.
import { cameraKeyOf } from '#shared/photos/clocks.ts';
import type { Photo } from '../events/event.svelte.ts';

export interface CameraOfEvent {
	key: string;
	name: string;
	/** in the order of their times */
	photos: Photo[];
}

/** Cameras with photos that say when they were taken, the one with most first. @param photos in the order of time */
export function camerasOf(photos: readonly Photo[]): CameraOfEvent[] {
	const cameras = new Map<string, CameraOfEvent>();
	for (const photo of photos) {
		const key = cameraKeyOf(photo.facts);
		if (!key || !photo.facts.takenAt) continue;
		const camera = cameras.get(key) ?? { key, name: photo.facts.camera ?? 'Camera', photos: [] };
		cameras.set(key, camera);
		camera.photos.push(photo);
	}
	const sorted = [...cameras.values()].sort((a, b) => b.photos.length - a.photos.length);
	return sorted.map((camera) => {
		const twins = sorted.filter(({ name }) => name === camera.name);
		const number = twins.indexOf(camera) + 1;
		return twins.length > 1 ? { ...camera, name: `${camera.name} (${number})` } : camera;
	});
}

/** The photo whose time is nearest. @param photos in the order of time, each with one @returns its index; 0 of none */
export function nearestTo(photos: readonly Photo[], time: string): number {
	const at = photos.findIndex(({ facts }) => facts.takenAt! >= time);
	return at === -1 ? Math.max(0, photos.length - 1) : at;
}
