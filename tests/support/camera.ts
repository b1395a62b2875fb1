import { writeFileSync } from 'node:fs';
import sharp from 'sharp';

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
	writeFileSync(file, Buffer.concat(Array.from({ length: 10 }, await picture(crop))));
}

/** @returns a function that gives the same JPEG of 640 x 480 pixels again and again */
async function picture({ photo, left, top, width, height }: Crop): Promise<() => Buffer> {
	const jpeg = await cropFace({ photo, left, top, width, height });
	return () => jpeg;
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
