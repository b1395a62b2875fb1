// One photo at several sizes, each made once and from the next larger one. Runs in workers.

/** A picture of the photo. */
export interface Level {
	source: ImageBitmap | OffscreenCanvas;
	/** its pixels for one pixel of the photo that the pyramid was made of, (0, 1] */
	scale: number;
}

export interface Pyramid {
	image: ImageBitmap;
	/** The picture of that longest side, or the whole one where that is smaller. */
	ofSide(side: number): OffscreenCanvas;
	/** The smallest picture that need not be enlarged to reach a scale; at most twice too large, so that drawing it does not alias. */
	atLeast(scale: number): Level;
}

/** @returns the size that fits into a square, its proportions kept; at least 1 by 1. */
export function fit(width: number, height: number, side: number): [number, number] {
	const scale = Math.min(1, side / Math.max(width, height));
	return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

function drawn(source: Level['source'], width: number, height: number): OffscreenCanvas {
	const canvas = new OffscreenCanvas(width, height);
	const context = canvas.getContext('2d', { willReadFrequently: true })!;
	// the source is at most twice as large: two by two pixels make one, and mipmaps would only blur (and cost twice)
	context.imageSmoothingQuality = 'low';
	context.drawImage(source, 0, 0, width, height);
	return canvas;
}

export function pyramidOf(image: ImageBitmap): Pyramid {
	/** largest first */
	const levels: Level[] = [{ source: image, scale: 1 }];
	const smallest = (scale: number): Level =>
		levels.findLast((level) => level.scale >= scale) ?? levels[0]!;
	const add = (level: Level) => {
		levels.push(level);
		levels.sort((a, b) => b.scale - a.scale);
	};
	const atLeast = (scale: number): Level => {
		for (;;) {
			const level = smallest(scale);
			if (level.scale / 2 < scale) return level;
			const { width, height } = level.source;
			const source = drawn(level.source, Math.max(1, width >> 1), Math.max(1, height >> 1));
			add({ source, scale: level.scale / 2 });
		}
	};
	return {
		image,
		atLeast,
		ofSide(side) {
			const [width, height] = fit(image.width, image.height, side);
			const scale = Math.max(width, height) / Math.max(image.width, image.height);
			const source = drawn(atLeast(scale).source, width, height);
			add({ source, scale });
			return source;
		}
	};
}
