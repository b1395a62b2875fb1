// Decodes what is looked at next, beside the page.
import { expose, transfer } from 'comlink';

const api = {
	/**
	 * A picture as large as it is shown: drawing it costs a copy, and no memory that nobody sees.
	 * @param address of a picture
	 * @param fit pixels that it has to fit in; it is not made larger
	 * @throws DOMException when it is no picture that this browser draws
	 */
	async fitting(address: string, fit: { width: number; height: number }): Promise<ImageBitmap> {
		const whole = await createImageBitmap(await (await fetch(address)).blob());
		const scale = Math.min(fit.width / whole.width, fit.height / whole.height);
		if (scale >= 1) return transfer(whole, [whole]);
		const bitmap = await createImageBitmap(whole, {
			resizeWidth: Math.max(1, Math.round(whole.width * scale)),
			resizeHeight: Math.max(1, Math.round(whole.height * scale)),
			resizeQuality: 'medium'
		});
		whole.close();
		return transfer(bitmap, [bitmap]);
	},

	/**
	 * A part of a picture, pixel by pixel.
	 * @param part as parts of it, as shown
	 * @throws DOMException when it is no picture that this browser draws
	 */
	async detail(
		address: string,
		part: { x: number; y: number; width: number; height: number }
	): Promise<ImageBitmap> {
		const whole = await createImageBitmap(await (await fetch(address)).blob());
		const bitmap = await createImageBitmap(
			whole,
			Math.round(part.x * whole.width),
			Math.round(part.y * whole.height),
			Math.max(1, Math.round(part.width * whole.width)),
			Math.max(1, Math.round(part.height * whole.height))
		);
		whole.close();
		return transfer(bitmap, [bitmap]);
	}
};

export type DecodeWorker = typeof api;
expose(api);
