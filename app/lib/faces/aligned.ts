// Faces of a photo as networks want them: upright, eyes and mouth in their places. Runs in workers.
import { alignmentOf } from '#shared/faces/align.ts';
import type { Embedder } from '#shared/faces/models.ts';
import type { Landmarks } from '#shared/faces/sidecar.ts';
import type { Pyramid } from '../photos/pyramid.ts';

/** @returns draws a face of the photo. @param landmarks of it, in pixels of the photo */
export function alignedFaces(
	photo: Pyramid,
	how: Pick<Embedder, 'size' | 'alignment'>
): (landmarks: Landmarks) => Uint8ClampedArray {
	const { size } = how;
	const canvas = new OffscreenCanvas(size, size);
	const context = canvas.getContext('2d', { willReadFrequently: true })!;
	context.imageSmoothingQuality = 'low'; // the pyramid's levels are close enough
	return (landmarks) => {
		const moved = alignmentOf(landmarks, how);
		const { source, scale } = photo.atLeast(Math.hypot(moved.a, moved.b));
		const [a, b] = [moved.a / scale, moved.b / scale];
		context.setTransform(1, 0, 0, 1, 0, 0);
		context.clearRect(0, 0, size, size);
		context.setTransform(a, b, -b, a, moved.tx, moved.ty);
		context.drawImage(source, 0, 0);
		return context.getImageData(0, 0, size, size).data;
	};
}
