// The last shot as large as a screen, as soon as it is whole: a JPEG is decoded at a fraction of its size.
import { expose, transfer } from 'comlink';
import { readDimensions } from '#shared/photos/dimensions.ts';
import { sniffPhotoType } from '#shared/photos/format.ts';
import { readFile } from '../device/files.ts';
import { decodePhoto } from '../photos/decode.ts';
import { readMetadata } from '../photos/metadata.ts';

/** Enough for what a JPEG says of itself before its data. */
const HEAD_BYTES = 1024 ** 2;

const api = {
	/** @param side longest side, pixels. @returns null: this device does not have it, or it cannot be drawn */
	async preview(person: string, sha256: string, side: number): Promise<ImageBitmap | null> {
		const file = await readFile(person, 'originals', sha256);
		if (!file) return null;
		const bytes = new Uint8Array(await file.arrayBuffer());
		const type = sniffPhotoType(bytes.subarray(0, 64));
		if (!type) return null;
		const { orientation } = readMetadata(bytes.slice(0, HEAD_BYTES).buffer);
		try {
			const stored = readDimensions(bytes, type);
			const { image } = await decodePhoto(bytes, type, stored, orientation, side);
			return transfer(image, [image]);
		} catch {
			return null;
		}
	}
};

export type PreviewWorker = typeof api;
expose(api);
