// Makes the model files that the application serves, from npm packages alone, and refuses bytes that
// differ from what shared/faces/models.ts promises.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { addMetadata } from './detector.mjs';
import { buildDetector } from './detector-onnx.mjs';
import { buildEmbedder } from './embedder.mjs';
import { buildProcessorEmbedder } from './embedder-tflite.mjs';
import { buildEyes } from './eyes.mjs';

/** A file out of what a solution of MediaPipe's packs together. @param {string} folder of the package @param {string} name of the file */
function packed(folder, name) {
	const loader = readFileSync(join(folder, 'face_mesh_solution_packed_assets_loader.js'), 'utf8');
	const place = new RegExp(`/${name}", "start": (\\d+), "end": (\\d+)`).exec(loader);
	if (!place) throw new Error(`${name} is not in ${folder}`);
	const all = readFileSync(join(folder, 'face_mesh_solution_packed_assets.data'));
	return Uint8Array.from(all.subarray(Number(place[1]), Number(place[2])));
}

/** @param {string} root the project's folder */
export function prepareModels(root) {
	const face = join(root, 'node_modules/@vladmandic/face-api/model');
	const [manifest] = JSON.parse(
		readFileSync(join(face, 'face_recognition_model-weights_manifest.json'), 'utf8')
	);
	const tflite = readFileSync(
		join(root, 'node_modules/@mediapipe/face_detection/face_detection_full_range_sparse.tflite')
	);
	const { mesh, eyes } = buildEyes(
		packed(join(root, 'node_modules/@mediapipe/face_mesh'), 'face_landmark_with_attention.tflite')
	);
	const recognition = readFileSync(join(face, 'face_recognition_model.bin'));
	const made = {
		'face-mesh.onnx': mesh,
		'eyes.onnx': eyes,
		'blazeface-full-range.tflite': addMetadata(tflite),
		'blazeface-full-range.onnx': buildDetector(tflite),
		'dlib-resnet-128.onnx': buildEmbedder(manifest.weights, recognition),
		'dlib-resnet-128.tflite': buildProcessorEmbedder(manifest.weights, recognition)
	};
	const promised = readFileSync(join(root, 'shared/faces/models.ts'), 'utf8');
	const folder = join(root, 'static/models');
	mkdirSync(folder, { recursive: true });
	for (const [name, bytes] of Object.entries(made)) {
		const sha256 = createHash('sha256').update(bytes).digest('hex');
		if (!promised.includes(sha256))
			throw new Error(`${name} has SHA-256 ${sha256}, which shared/faces/models.ts does not name`);
		const file = join(folder, name.replace('.', `.${sha256.slice(0, 12)}.`));
		if (!existsSync(file)) writeFileSync(file, bytes);
	}
}
