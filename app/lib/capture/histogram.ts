/** How bright a picture is: how many pixels have each value, by channel. */
export interface Histogram {
	red: Uint32Array;
	green: Uint32Array;
	blue: Uint32Array;
	/** share of pixels that are burnt out in some channel, 0 to 1 */
	burnt: number;
	/** share of pixels that are black in all channels, 0 to 1 */
	black: number;
}

/** From here on nothing is left of a channel: JPEG moves values by a little. */
export const BURNT = 254;
export const BLACK = 1;

/** @param pixels RGBA, four bytes each */
export function histogramOf(pixels: Uint8ClampedArray): Histogram {
	const red = new Uint32Array(256);
	const green = new Uint32Array(256);
	const blue = new Uint32Array(256);
	let burnt = 0;
	let black = 0;
	for (let i = 0; i + 3 < pixels.length; i += 4) {
		const r = pixels[i]!;
		const g = pixels[i + 1]!;
		const b = pixels[i + 2]!;
		red[r]!++;
		green[g]!++;
		blue[b]!++;
		if (r >= BURNT || g >= BURNT || b >= BURNT) burnt++;
		if (r <= BLACK && g <= BLACK && b <= BLACK) black++;
	}
	const count = Math.max(1, pixels.length / 4);
	return { red, green, blue, burnt: burnt / count, black: black / count };
}

/** Paints what is clipped over a picture: burnt red, black blue, the rest clear. @param pixels RGBA, changed */
export function paintClipping(pixels: Uint8ClampedArray): void {
	for (let i = 0; i + 3 < pixels.length; i += 4) {
		const brightest = Math.max(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!);
		const isBurnt = brightest >= BURNT;
		const isBlack = brightest <= BLACK;
		pixels[i] = isBurnt ? 255 : 30;
		pixels[i + 1] = isBurnt ? 40 : 90;
		pixels[i + 2] = isBurnt ? 40 : 255;
		pixels[i + 3] = isBurnt || isBlack ? 230 : 0;
	}
}

/** A channel as the path of an area in a box of 256 by 100, its tallest value at the top. */
export function pathOf(channel: Uint32Array, tallest: number): string {
	// square root, as in other tools: quiet tones are seen beside a peak
	const height = (count: number) => 100 - 100 * Math.sqrt(count / Math.max(1, tallest));
	const points = Array.from(channel, (count, i) => `L${i} ${height(count).toFixed(1)}`);
	return `M0 100${points.join('')}L255 100Z`;
}
