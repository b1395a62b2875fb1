import type { Box } from '#shared/faces/sidecar.ts';

/** How much more than the face is shown: hair and chin belong to how people know each other. */
const ROOM = 1.6;

/** Where a picture lies, in parts of a square that shows a face. */
export interface Crop {
	width: number;
	height: number;
	left: number;
	top: number;
}

/**
 * Lays a photo under a square window so that a face fills it.
 * @param width of the photo, in the unit of `height`
 */
export function cropOf(box: Box, width: number, height: number): Crop {
	const side = Math.min(Math.max(box.width * width, box.height * height) * ROOM, width, height);
	const middle = (start: number, length: number, all: number) =>
		Math.max(0, Math.min(all - side, (start + length / 2) * all - side / 2));
	return {
		width: width / side,
		height: height / side,
		left: -middle(box.x, box.width, width) / side,
		top: -middle(box.y, box.height, height) / side
	};
}

/** Part of the shorter side that is shown around a face whose size is not known. */
const AROUND = 0.3;

/** The same where only the centre of a face is known. */
export const cropAround = (
	{ x, y }: { x: number; y: number },
	width: number,
	height: number
): Crop => {
	const side = (Math.min(width, height) * AROUND) / ROOM;
	const [w, h] = [side / width, side / height];
	return cropOf({ x: x - w / 2, y: y - h / 2, width: w, height: h }, width, height);
};
