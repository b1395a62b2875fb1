// The one place that knows tasks-vision. Runs in module workers.
import { FaceDetector } from '@mediapipe/tasks-vision';
import loaderUrl from '@mediapipe/tasks-vision/vision_wasm_module_internal.js?url';
import wasmUrl from '@mediapipe/tasks-vision/vision_wasm_module_internal.wasm?url';
import { detector as model } from '#shared/faces/models.ts';
import type { Box, Landmarks } from '#shared/faces/sidecar.ts';

/** A face as the detector gives it, in pixels of the picture that it was given. */
export interface Detection {
	box: Box;
	landmarks: Landmarks;
	/** [0, 1] */
	score: number;
}

export type Detect = (image: ImageBitmap | OffscreenCanvas) => Detection[];

/** Below, detections are noise on hands and clothes; measured in tests/bench/accuracy. */
const MIN_SCORE = 0.5;

/** Loads the detector. @throws when model or engine cannot be fetched. */
export async function loadDetector(): Promise<Detect> {
	const response = await fetch(model.file);
	if (!response.ok) throw new Error(`The face detector could not be loaded (${response.status}).`);
	const detector = await FaceDetector.createFromOptions(
		{ wasmLoaderPath: loaderUrl, wasmBinaryPath: wasmUrl },
		{
			baseOptions: {
				modelAssetBuffer: new Uint8Array(await response.arrayBuffer()),
				delegate: 'CPU'
			},
			runningMode: 'IMAGE',
			minDetectionConfidence: MIN_SCORE,
			minSuppressionThreshold: 0.3
		}
	);
	return (image) =>
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
