// Finds faces with the engine that embeds them, where a second engine is not worth its bytes. Runs in workers.
import { type Detection, INPUT_SIDE, detectWith, placingOf } from '#shared/faces/blazeface.ts';
import type { Network } from '#shared/faces/network.ts';
import type { Detect } from './detector.ts';

/** @param network the portable detector */
export function portableDetect(network: Network): Detect {
	const canvas = new OffscreenCanvas(INPUT_SIDE, INPUT_SIDE);
	const context = canvas.getContext('2d', { willReadFrequently: true })!;
	context.imageSmoothingQuality = 'medium';
	return (image): Promise<Detection[]> => {
		const placing = placingOf(image.width, image.height);
		context.fillRect(0, 0, INPUT_SIDE, INPUT_SIDE);
		context.drawImage(
			image,
			placing.left,
			placing.top,
			image.width * placing.scale,
			image.height * placing.scale
		);
		const { data } = context.getImageData(0, 0, INPUT_SIDE, INPUT_SIDE);
		return detectWith(network, data, 4, placing);
	};
}
