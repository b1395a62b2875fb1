import type { Detection } from '#shared/faces/blazeface.ts';
import { turnOf } from '#shared/faces/quality.ts';

/** What the guest should do for a good picture. */
export type Guidance =
	| 'nobody'
	| 'several'
	| 'closer'
	| 'further'
	| 'centre'
	| 'straight'
	| 'left'
	| 'right'
	| 'back'
	| 'good';

export const guidanceText: Record<Guidance, string> = {
	nobody: 'Look into the oval',
	several: 'Only you, please',
	closer: 'Come closer',
	further: 'A little further away',
	centre: 'Into the middle of the oval',
	straight: 'Look straight at the camera',
	left: 'Turn your head to your left',
	right: 'Turn your head to your right',
	back: 'Now look straight again',
	good: 'Good. Press the button'
};

/** @param width of the picture, pixels, as the detections are */
export function guidanceOf(
	detections: readonly Detection[],
	width: number,
	height: number
): Guidance {
	const faces = [...detections].sort((a, b) => b.box.width - a.box.width);
	const first = faces[0];
	if (!first) return 'nobody';
	if (faces[1] && faces[1].box.width > 0.6 * first.box.width) return 'several';
	const share = first.box.width / Math.min(width, height);
	if (share < 0.22) return 'closer';
	if (share > 0.8) return 'further';
	const x = (first.box.x + first.box.width / 2) / width - 0.5;
	const y = (first.box.y + first.box.height / 2) / height - 0.5;
	if (Math.abs(x) > 0.22 || Math.abs(y) > 0.25) return 'centre';
	return turnOf(first.landmarks) > 0.55 ? 'straight' : 'good';
}
