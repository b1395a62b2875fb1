import { writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { encode } from 'uqr';

/** A face in a photo, as fractions of it. */
export interface Crop {
	photo: string;
	left: number;
	top: number;
	width: number;
	height: number;
}

/**
 * Writes what a phone's front camera sees of somebody: a film of one picture, for
 * --use-file-for-fake-video-capture.
 */
export async function writeFakeCamera(file: string, crop: Crop): Promise<void> {
	writeFilm(file, await cropFace(crop));
}

/** A film of one picture. @param jpeg of 640 x 480 pixels */
export const writeFilm = (file: string, jpeg: Buffer): void =>
	writeFileSync(file, Buffer.concat(Array.from({ length: 10 }, () => jpeg)));

/** What a camera sees of a code that is held in front of it. */
export async function writeCode(file: string, text: string): Promise<void> {
	const { data, size } = encode(text, { border: 4 });
	const dots = Buffer.from(data.flat().map((isDark) => (isDark ? 0 : 255)));
	const code = await sharp(dots, { raw: { width: size, height: size, channels: 1 } })
		.resize(360, 360, { kernel: 'nearest' })
		.png()
		.toBuffer();
	const jpeg = await sharp({
		create: { width: 640, height: 480, channels: 3, background: '#777' }
	})
		.composite([{ input: code }])
		.jpeg({ quality: 92 })
		.toBuffer();
	writeFilm(file, jpeg);
}

/** A part of a photo as a JPEG of 640 x 480 pixels. */
export async function cropFace({ photo, left, top, width, height }: Crop): Promise<Buffer> {
	const meta = await sharp(photo).metadata();
	const region = {
		left: Math.round(left * meta.width),
		top: Math.round(top * meta.height),
		width: Math.round(width * meta.width),
		height: Math.round(height * meta.height)
	};
	return sharp(photo)
		.extract(region)
		.resize(640, 480, { fit: 'cover' })
		.jpeg({ quality: 92 })
		.toBuffer();
}
