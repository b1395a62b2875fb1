// Models as somebody might add them: real ones, with other inputs and outputs than the application's own.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NewFaceModel } from '#shared/faces/manifest.ts';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { embedderGraph } from '../../tools/models/embedder.mjs';
import { encodeModel, floatTensor, int64Tensor } from '../../tools/models/onnx.mjs';
import { seededRandom } from '../simulation/world.ts';
import { root } from './paths.ts';

const SIDE = 112;
const DIMENSIONS = 512;
const RAW = 127.5;

/** Rows that are one long and at right angles to each other: what is multiplied with them keeps its distances. */
function orthonormal(rows: number, columns: number): Float64Array[] {
	const random = seededRandom(5);
	const made: Float64Array[] = [];
	for (let r = 0; r < rows; r++) {
		const row = Float64Array.from({ length: columns }, () => random() - 0.5);
		for (const before of made) {
			const along = row.reduce((sum, value, i) => sum + value * before[i]!, 0);
			for (let i = 0; i < columns; i++) row[i]! -= along * before[i]!;
		}
		const length = Math.hypot(...row);
		made.push(row.map((value) => value / length));
	}
	return made;
}

/**
 * The application's own network behind what SFace and ArcFace take and give: 112 pixels, BGR from -1 to 1, one face at a
 * time, 512 numbers.
 */
export function otherModel(): { bytes: Uint8Array; manifest: NewFaceModel } {
	const folder = join(root, 'node_modules/@vladmandic/face-api/model');
	const [{ weights }] = JSON.parse(
		readFileSync(join(folder, 'face_recognition_model-weights_manifest.json'), 'utf8')
	);
	const { nodes, tensors } = embedderGraph(
		weights,
		readFileSync(join(folder, 'face_recognition_model.bin'))
	);
	const { mean, scale, size, alignment } = defaultEmbedder;
	const matrix = orthonormal(defaultEmbedder.dimensions, DIMENSIONS);
	const bytes = encodeModel({
		name: 'other',
		nodes: [
			{ op: 'Gather', inputs: ['data', 'order'], output: 'rgb', attributes: { axis: 1 } },
			{ op: 'Mul', inputs: ['rgb', 'factor'], output: 'scaled', attributes: {} },
			{ op: 'Add', inputs: ['scaled', 'shift'], output: 'shifted', attributes: {} },
			{
				op: 'Resize',
				inputs: ['shifted', '', '', 'sizes'],
				output: 'faces',
				attributes: { mode: 'linear', coordinate_transformation_mode: 'half_pixel' }
			},
			...nodes,
			{ op: 'MatMul', inputs: ['embeddings', 'wide'], output: 'fc1', attributes: {} }
		],
		tensors: [
			...tensors,
			int64Tensor('order', [2, 1, 0]),
			floatTensor('factor', [1], [RAW / scale]),
			floatTensor(
				'shift',
				[1, 3, 1, 1],
				mean.map((value) => (RAW - value) / scale)
			),
			int64Tensor('sizes', [1, 3, size, size]),
			floatTensor(
				'wide',
				[matrix.length, DIMENSIONS],
				matrix.flatMap((row) => [...row])
			)
		],
		input: { name: 'data', dims: [1, 3, SIDE, SIDE] },
		outputs: [{ name: 'fc1', dims: [1, DIMENSIONS] }]
	});
	const small = ([x, y]: readonly [number, number]): [number, number] => [
		(x * SIDE) / size,
		(y * SIDE) / size
	];
	return {
		bytes,
		manifest: {
			...{ name: 'other-512', address: null, source: 'tests', licence: 'MIT' },
			licenceText: 'You may do with it whatever the tests need.',
			sha256: createHash('sha256').update(bytes).digest('hex'),
			...{ side: SIDE, channels: 'bgr', mean: [RAW, RAW, RAW], scale: RAW },
			alignment: {
				rightEye: small(alignment.rightEye),
				leftEye: small(alignment.leftEye),
				mouth: small(alignment.mouth)
			},
			dimensions: DIMENSIONS,
			// 0.55 apart on vectors that are 1.4 long
			threshold: 0.4
		}
	};
}
