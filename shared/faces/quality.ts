import type { Landmarks } from './sidecar.ts';

/**
 * How far a head is turned, from where the nose lies between the eyes: 0 is frontal, 1 has it at the person's left eye, -1 at the
 * right one. Beyond that it is profile.
 * @param landmarks in any unit, the same for x and y
 */
export function yawOf(landmarks: Landmarks): number {
	const [rx, ry, lx, ly, nx, ny] = landmarks as [number, number, number, number, number, number];
	const dx = lx - rx;
	const dy = ly - ry;
	const length = dx * dx + dy * dy;
	if (length === 0) return 1;
	const along = ((nx - rx) * dx + (ny - ry) * dy) / length;
	return (along - 0.5) * 2;
}

/** How far a face is turned away: 0 is frontal, 1 is profile. */
export const turnOf = (landmarks: Landmarks): number => Math.min(1, Math.abs(yawOf(landmarks)));

/**
 * Variance of the Laplacian of a grey picture: low where it is blurred
 * (Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy").
 * @param rgba pixels of a square picture, 4 bytes each
 */
export function sharpnessOf(rgba: Uint8ClampedArray, side: number): number {
	const grey = new Float32Array(side * side);
	for (let i = 0; i < grey.length; i++)
		grey[i] = 0.299 * rgba[4 * i]! + 0.587 * rgba[4 * i + 1]! + 0.114 * rgba[4 * i + 2]!;
	let sum = 0;
	let squares = 0;
	let count = 0;
	for (let y = 1; y < side - 1; y++) {
		for (let x = 1; x < side - 1; x++) {
			const i = y * side + x;
			const value = grey[i - 1]! + grey[i + 1]! + grey[i - side]! + grey[i + side]! - 4 * grey[i]!;
			sum += value;
			squares += value * value;
			count++;
		}
	}
	const mean = sum / count;
	return squares / count - mean * mean;
}

/** Mean brightness of a picture, [0, 1]. */
export function brightnessOf(rgba: Uint8ClampedArray): number {
	let sum = 0;
	for (let i = 0; i < rgba.length; i += 4)
		sum += 0.299 * rgba[i]! + 0.587 * rgba[i + 1]! + 0.114 * rgba[i + 2]!;
	return sum / (rgba.length / 4) / 255;
}

/**
 * One number for how well a face serves recognition, [0, 1]: the product of size, sharpness and pose.
 * @param pixels shorter side of the face in the original
 * @param sharpness of the aligned picture, by `sharpnessOf`
 * @param turn by `turnOf`
 */
export function qualityOf(pixels: number, sharpness: number, turn: number): number {
	const size = Math.min(1, pixels / 112);
	const focus = Math.min(1, Math.sqrt(sharpness / 120));
	const pose = 1 - 0.8 * turn;
	return Math.max(0, Math.min(1, size * focus * pose));
}
