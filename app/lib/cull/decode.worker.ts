// Decodes what is looked at next, beside the page.
import { expose, transfer } from 'comlink';

const api = {
	/**
	 * @param address of a picture
	 * @param part cut out of it, in its pixels as shown; absent: all of it
	 * @throws DOMException when it is no picture that this browser draws
	 */
	async decode(
		address: string,
		part?: { x: number; y: number; width: number; height: number }
	): Promise<ImageBitmap> {
		const blob = await (await fetch(address)).blob();
		const bitmap = part
			? await createImageBitmap(blob, part.x, part.y, part.width, part.height)
			: await createImageBitmap(blob);
		return transfer(bitmap, [bitmap]);
	}
};

export type DecodeWorker = typeof api;
expose(api);
