// The last shot as large as a screen, as soon as it is whole: a JPEG, or the one in a RAW file, at a fraction of its size.
import { expose, transfer } from 'comlink';
import { SNIFF_BYTES, sniffPhotoType } from '#shared/photos/format.ts';
import { readFile } from '../device/files.ts';
import { lookInto } from '../photos/picture-of.ts';

const api = {
	/** @param side longest side, pixels. @returns null: this device does not have it, or it cannot be drawn */
	async preview(person: string, sha256: string, side: number): Promise<ImageBitmap | null> {
		const file = await readFile(person, 'originals', sha256);
		if (!file) return null;
		const type = sniffPhotoType(new Uint8Array(await file.slice(0, SNIFF_BYTES).arrayBuffer()));
		if (!type) return null;
		const { decoded } = await lookInto(file, type, side);
		return decoded && transfer(decoded.image, [decoded.image]);
	}
};

export type PreviewWorker = typeof api;
expose(api);
