// Where a photo lies in its window.

/** What is looked at, as parts of the photo, and how many pixels of the window one of the photo takes. */
export interface Zoom {
	x: number;
	y: number;
	scale: number;
}

interface Size {
	width: number;
	height: number;
}
export interface Rect extends Size {
	x: number;
	y: number;
}

/** The scale at which the whole photo is seen. */
export const fitScale = (photo: Size, view: Size): number =>
	Math.min(view.width / photo.width, view.height / photo.height);

/** The same zoom, so that no edge of the photo comes inside the window. */
export function clampZoom(photo: Size, view: Size, { x, y, scale }: Zoom): Zoom {
	const clamp = (at: number, length: number, window: number) => {
		const half = window / 2 / (length * scale);
		return half >= 0.5 ? 0.5 : Math.max(half, Math.min(1 - half, at));
	};
	return { x: clamp(x, photo.width, view.width), y: clamp(y, photo.height, view.height), scale };
}

/** Where the photo is drawn, in pixels of the window; null: the whole of it. */
export function drawnRect(photo: Size, view: Size, zoom: Zoom | null): Rect {
	const { x, y, scale } = clampZoom(
		photo,
		view,
		zoom ?? { x: 0.5, y: 0.5, scale: fitScale(photo, view) }
	);
	const [width, height] = [photo.width * scale, photo.height * scale];
	return { x: view.width / 2 - x * width, y: view.height / 2 - y * height, width, height };
}

/** How much of the window's shorter side a face takes. */
const FACE_PART = 0.4;
/** A small face is not blown up beyond this many pixels for one. */
const MAX_SCALE = 2;

/** Close to a face. @param box parts of the photo */
export function faceZoom(photo: Size, view: Size, box: Rect): Zoom {
	const side = Math.max(box.width * photo.width, box.height * photo.height);
	const wanted = (Math.min(view.width, view.height) * FACE_PART) / Math.max(1, side);
	return {
		x: box.x + box.width / 2,
		y: box.y + box.height / 2,
		scale: Math.max(fitScale(photo, view), Math.min(MAX_SCALE, wanted))
	};
}

/** Around what is seen, so that a small move needs nothing new. */
const ROOM = 1.4;

/**
 * The part of a photo that has to be decoded by itself, for its picture for screens is not as good.
 * @param known pixels in width of what is decoded; 0: nothing
 * @returns as parts of the photo; null: what is there is as good
 */
export function detailRect(photo: Size, view: Size, zoom: Zoom, known: number): Rect | null {
	if (known > 0 && zoom.scale * photo.width <= known) return null;
	const { x, y, scale } = clampZoom(photo, view, zoom);
	const part = (center: number, window: number, all: number): [number, number] => {
		const length = Math.min(1, (window * ROOM) / (all * scale));
		return [Math.max(0, Math.min(1 - length, center - length / 2)), length];
	};
	const [left, width] = part(x, view.width, photo.width);
	const [top, height] = part(y, view.height, photo.height);
	return { x: left, y: top, width, height };
}

/** Pixels of a photo, also of one that says none. */
export const sizeOf = ({ width, height }: Size): Size => ({
	width: width || 3,
	height: height || 2
});
