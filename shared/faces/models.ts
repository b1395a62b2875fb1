/** A model that the application serves itself. Files are made at build time (tools/models). */
export interface Model {
	/** names the model in sidecars, tables and requests; changes when embeddings stop being comparable */
	id: string;
	/** address below the application's own origin */
	file: string;
	sha256: string;
	licence: string;
	source: string;
}

/** Where a landmark belongs in the aligned picture, in pixels. */
export type Point = readonly [x: number, y: number];

export interface Embedder extends Model {
	/** names of what goes in [n, 3, size, size] and comes out [n, dimensions] */
	input: string;
	output: string;
	/** faces in one run, at most: more than eight do not get faster and need more memory */
	batch: number;
	/** side of the square input, pixels */
	size: number;
	/** order of the input's planes */
	channels: 'rgb' | 'bgr';
	/** subtracted from and divided into each channel of 0 to 255, in the order of the planes */
	mean: readonly [number, number, number];
	scale: number;
	/** right eye, left eye and mouth in the aligned picture */
	alignment: { rightEye: Point; leftEye: Point; mouth: Point };
	dimensions: number;
	/** what comes out is made one long: distances are those of directions, sqrt(2 - 2 cos) */
	isNormalised: boolean;
	metric: 'euclidean';
	/** at most this far apart: the same person */
	threshold: number;
	/** norms of real embeddings lie within; others were not made by this model */
	norm: readonly [min: number, max: number];
}

const sha = {
	mesh: 'cb950cb6bcc47fb7edefb25d6b882ec1435a5326f47e1e6324ce5afcc0eb6449',
	eyes: 'd34c1a69a931b180ad7ac609d934bb2afa9014c223af73928aa3f76136518e19',
	portableDetector: 'f9df0e8516657a9a9e49103849e90cf0fe1e7000750cf55359f5205a9930bb55',
	detector: '68ceb1cb46b01e053343fa2f11d4fdd8f0278564c7aa498c8ead30918d0e4ba1',
	embedder: '0388a09681b0f53527479c31c6accb98b072477586540435812f63c61811a224',
	processorEmbedder: '3d9d1c096e874b219474460114ce57248468c703339dd371bb8fce3f23a0bfdf'
};

export const detector: Model = {
	id: 'blazeface-full-range',
	file: `/models/blazeface-full-range.${sha.detector.slice(0, 12)}.tflite`,
	sha256: sha.detector,
	licence: 'Apache-2.0',
	source: '@mediapipe/face_detection 0.4, full range sparse'
};

/** The same network and weights for the engine that embeds: where no second engine shall be loaded. */
export const portableDetector: Model = {
	id: 'blazeface-full-range',
	file: `/models/blazeface-full-range.${sha.portableDetector.slice(0, 12)}.onnx`,
	sha256: sha.portableDetector,
	licence: 'Apache-2.0',
	source: '@mediapipe/face_detection 0.4, full range sparse, converted to ONNX'
};

/** What sees whether eyes are open: a mesh of the face, and then both eyes closely (shared/faces/eyes.ts). */
export const eyeModels: Record<'mesh' | 'eyes', Model> = {
	mesh: {
		id: 'face-mesh',
		file: `/models/face-mesh.${sha.mesh.slice(0, 12)}.onnx`,
		sha256: sha.mesh,
		licence: 'Apache-2.0',
		source: '@mediapipe/face_mesh 0.4, with attention, converted to ONNX'
	},
	eyes: {
		id: 'eyes',
		file: `/models/eyes.${sha.eyes.slice(0, 12)}.onnx`,
		sha256: sha.eyes,
		licence: 'Apache-2.0',
		source: '@mediapipe/face_mesh 0.4, with attention, converted to ONNX'
	}
};

export const defaultEmbedder: Embedder = {
	id: 'dlib-resnet-128',
	file: `/models/dlib-resnet-128.${sha.embedder.slice(0, 12)}.onnx`,
	sha256: sha.embedder,
	licence: 'public domain (dlib); conversion MIT (@vladmandic/face-api)',
	source: '@vladmandic/face-api 1.7, face_recognition_model',
	input: 'faces',
	output: 'embeddings',
	batch: 8,
	size: 150,
	channels: 'rgb',
	mean: [122.782, 117.001, 104.298],
	scale: 255,
	alignment: { rightEye: [47.7, 47.1], leftEye: [100.3, 47.1], mouth: [74.0, 103.5] },
	dimensions: 128,
	isNormalised: false,
	metric: 'euclidean',
	// dlib's convention is 0.6. On the labelled photos of tests/bench/accuracy, people are at most 0.55
	// from themselves, while at 0.6 women of one group photo are taken for each other.
	threshold: 0.55,
	norm: [0.8, 2.2]
};

/** The application's own embedder with filters of eight bits, for an engine that has whole numbers run faster on a processor. */
const processorEmbedder: Model = {
	id: defaultEmbedder.id,
	file: `/models/dlib-resnet-128.${sha.processorEmbedder.slice(0, 12)}.tflite`,
	sha256: sha.processorEmbedder,
	licence: defaultEmbedder.licence,
	source: '@vladmandic/face-api 1.7, face_recognition_model, converted to TFLite'
};

/** The same network for processors, where it is run faster otherwise; embeddings of both are comparable (decisions/027). */
export const onProcessor = ({ file }: Model): Model | null =>
	file === defaultEmbedder.file ? processorEmbedder : null;

/** Larger models are left to the server: no device or guest loads them. */
export const MAX_DEVICE_MODEL_BYTES = 48 * 1024 ** 2;
