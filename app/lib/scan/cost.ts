import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { type Embedder, portableDetector } from '#shared/faces/models.ts';

/** What a guest's phone looks at a face with. */
export const guestFiles = (model: Embedder) => [wasmUrl, portableDetector.file, model.file];

/**
 * What the models will cost this guest, by asking for the headers of the files that are not kept here yet.
 * @returns bytes to load, or null when it cannot be told
 */
export async function modelCost(model: Embedder): Promise<number | null> {
	const sizes = await Promise.all(
		guestFiles(model).map(async (address) => {
			if (await globalThis.caches?.match(address, { ignoreVary: true }).catch(() => undefined))
				return 0;
			const response = await fetch(address, { method: 'HEAD' });
			return Number(response.headers.get('content-length') ?? Number.NaN);
		})
	).catch(() => []);
	const sum = sizes.reduce((a, b) => a + b, 0);
	return sizes.length > 0 && Number.isFinite(sum) ? sum : null;
}
