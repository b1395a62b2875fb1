// face-api's own pipeline (SSD, landmarks, descriptor), as its authors ship it; it wants a page, not a worker.
import * as faceapi from '@vladmandic/face-api/dist/face-api.esm.js';

/** As much of the bundled tfjs as is used here; its own types are those of another version. */
interface Tensor {
	slice(begin: number[], size: number[]): Tensor;
	dispose(): void;
}
interface Tf {
	setBackend(name: string): Promise<boolean>;
	ready(): Promise<void>;
	tidy(run: () => Tensor): Tensor;
	tensor3d(values: Uint8Array, shape: number[], type: string): Tensor;
}
const tf = faceapi.tf as unknown as Tf;

let ready: Promise<void> | null = null;

/** Faces of a JPEG, boxes as fractions of the photo. @throws Error where the backend does not run */
export async function peerFaces(bytes: Uint8Array<ArrayBuffer>, backend = 'cpu') {
	if (!(await tf.setBackend(backend))) throw new Error(`${backend} does not run here`);
	ready ??= (async () => {
		await tf.ready();
		for (const net of ['ssdMobilenetv1', 'faceLandmark68Net', 'faceRecognitionNet'] as const)
			await faceapi.nets[net].loadFromUri('/peer');
	})();
	await ready;
	const image = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
	const scale = Math.min(1, 1280 / Math.max(image.width, image.height));
	const canvas = new OffscreenCanvas(
		Math.round(image.width * scale),
		Math.round(image.height * scale)
	);
	const context = canvas.getContext('2d')!;
	context.drawImage(image, 0, 0, canvas.width, canvas.height);
	const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
	const input = tf.tidy(() =>
		tf.tensor3d(Uint8Array.from(data), [height, width, 4], 'int32').slice([0, 0, 0], [-1, -1, 3])
	);
	const found = await faceapi
		.detectAllFaces(input as unknown as faceapi.TNetInput)
		.withFaceLandmarks()
		.withFaceDescriptors();
	input.dispose();
	return found.map(({ detection, descriptor }) => ({
		box: {
			x: detection.box.x / width,
			y: detection.box.y / height,
			width: detection.box.width / width,
			height: detection.box.height / height
		},
		embedding: [...descriptor]
	}));
}
