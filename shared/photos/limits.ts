/** The longest side of an image that is decoded, and the most pixels: a phone of 200 megapixels fits. */
export const MAX_PIXELS = 300_000_000;
export const MAX_SIDE = 65_535;
/** The largest file that is imported, in bytes: cards end films there, and PTP counts no further. */
export const MAX_FILE_BYTES = 4 * 1024 ** 3 - 1;
