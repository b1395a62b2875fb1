// The one place that knows tasks-vision. Runs in module workers.
import { FaceDetector } from '@mediapipe/tasks-vision';
import loaderUrl from '@mediapipe/tasks-vision/vision_wasm_module_internal.js?url';
import wasmUrl from '@mediapipe/tasks-vision/vision_wasm_module_internal.wasm?url';
import { detector as model } from '#shared/faces/models.ts';
import { type Detection, MAX_OVERLAP, MIN_SCORE } from '#shared/faces/blazeface.ts';
import { Part } from '../device/parts.ts';
import { alone } from './alone.ts';
import { fetchOnce } from './keep.ts';

/** Faces of a picture, in its pixels. */
export type Detect = (image: ImageBitmap | OffscreenCanvas) => Promise<Detection[]>;

const made = new Part(make);

/** Loads the detector: one for each worker, for MediaPipe's loader makes no second one. @throws when model or engine cannot be fetched. */
export const loadDetector = (): Promise<Detect> => made.get();

async function make(): Promise<Detect> {
	await fetchOnce([model.file, wasmUrl]);
	const response = await fetch(model.file);
	if (!response.ok) throw new Error(`The face detector could not be loaded (${response.status}).`);
	const modelAssetBuffer = new Uint8Array(await response.arrayBuffer());
	const detector = await alone(() =>
		FaceDetector.createFromOptions(
			{ wasmLoaderPath: loaderUrl, wasmBinaryPath: wasmUrl },
			{
				baseOptions: { modelAssetBuffer, delegate: 'CPU' },
				runningMode: 'IMAGE',
				minDetectionConfidence: MIN_SCORE,
				minSuppressionThreshold: MAX_OVERLAP
			}
		)
	);
	return async (image) =>
		detector.detect(image as ImageBitmap).detections.flatMap((detection) => {
			const { boundingBox: box, keypoints, categories } = detection;
			if (!box || keypoints.length < 6) return [];
			return [
				{
					box: { x: box.originX, y: box.originY, width: box.width, height: box.height },
					landmarks: keypoints
						.slice(0, 6)
						.flatMap(({ x, y }) => [x * image.width, y * image.height]),
					score: categories[0]?.score ?? 0
				}
			];
		});
}
