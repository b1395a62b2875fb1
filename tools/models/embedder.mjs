// dlib's face recognition ResNet as ONNX. The weights stay in the file as they are distributed (6.4 MB instead of 22 MB) and
// are dequantised once, when the session is made.
import { foldedBias, readWeights, resNet, scaleOf } from './embedder-weights.mjs';
import { encodeModel, floatTensor, int64Tensor, startGraph, uint8Tensor } from './onnx.mjs';

/** @typedef {import('./embedder-weights.mjs').Weight} Weight */

/** HWIO, as TensorFlow stores filters, to OIHW, as ONNX wants them. @param {Weight} weight */
function transposeFilters({ shape, values }) {
	const [h = 0, w = 0, inputs = 0, outputs = 0] = shape;
	const out = values.slice();
	let at = 0;
	for (let o = 0; o < outputs; o++)
		for (let i = 0; i < inputs; i++)
			for (let y = 0; y < h; y++)
				for (let x = 0; x < w; x++)
					out[at++] = values[((y * w + x) * inputs + i) * outputs + o] ?? 0;
	return out;
}

/** @param {Float32Array} values filters, OIHW @param {number[]} scale by output channel */
const scaleFilters = (values, scale) =>
	values.map((value, i) => value * (scale[Math.floor((i * scale.length) / values.length)] ?? 0));

/**
 * @param {import('./embedder-weights.mjs').WeightEntry[]} entries the weights manifest
 * @param {Uint8Array} bin the weights
 * @returns {{nodes: import('./onnx.mjs').Node[], tensors: import('./onnx.mjs').Tensor[]}} from 'faces' [n, 3, 150, 150] to
 * 'embeddings' [n, 128]
 */
export function embedderGraph(entries, bin) {
	const weights = readWeights(entries, bin);
	const { nodes, tensors, add, constant } = startGraph();

	/** Filters scaled by channel and dequantised when the session is made. @param {string} layer @param {number[]} dims @param {Uint8Array} values @param {Weight} filters @param {number[]} scale */
	const dequantised = (layer, dims, values, filters, scale) => {
		const step = scale.map((c) => c * filters.scale);
		const min = scale.map((c) => c * filters.min);
		const q = constant(uint8Tensor(`${layer}_q`, dims, values));
		const s = constant(floatTensor(`${layer}_s`, [scale.length], step));
		const zero = constant(uint8Tensor(`${layer}_z`, [scale.length], new Uint8Array(scale.length)));
		const m = constant(floatTensor(`${layer}_m`, [scale.length, 1, 1, 1], min));
		return add('Add', [add('DequantizeLinear', [q, s, zero], { axis: 0 }), m]);
	};
	/** @param {string} x @param {string} name @param {number[]} pads eight numbers: begins, then ends */
	const pad = (x, name, pads) => add('Pad', [x, constant(int64Tensor(`${name}_pads`, pads))]);

	resNet('faces', {
		conv(x, layer, { stride = 1, pad, relu }) {
			const filters = weights(`${layer}/conv/filters`);
			const scale = scaleOf(weights, layer);
			const [h = 0, w = 0, inputs = 0, outputs = 0] = filters.shape;
			const dims = [outputs, inputs, h, w];
			const values = transposeFilters(filters);
			const kernel =
				values instanceof Float32Array
					? constant(floatTensor(`${layer}_w`, dims, scaleFilters(values, scale)))
					: dequantised(layer, dims, values, filters, scale);
			const b = constant(floatTensor(`${layer}_b`, [outputs], foldedBias(weights, layer)));
			const out = add('Conv', [x, kernel, b], {
				kernel_shape: [h, w],
				strides: [stride, stride],
				pads: [pad, pad, pad, pad]
			});
			return relu ? add('Relu', [out]) : out;
		},
		maxPool: (x) => add('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2] }),
		averagePool: (x) => add('AveragePool', [x], { kernel_shape: [2, 2], strides: [2, 2] }),
		padSide: (x, name) => pad(x, name, [0, 0, 0, 0, 0, 0, 1, 1]),
		padChannels: (x, name, channels) => pad(x, name, [0, 0, 0, 0, 0, channels, 0, 0]),
		addRelu: (one, other) => add('Relu', [add('Add', [one, other])]),
		head(x) {
			const means = add('Flatten', [add('GlobalAveragePool', [x])], { axis: 1 });
			const fc = weights('fc');
			const matrix = add('Add', [
				add('DequantizeLinear', [
					constant(uint8Tensor('fc_q', fc.shape, Uint8Array.from(fc.values))),
					constant(floatTensor('fc_s', [], [fc.scale])),
					constant(uint8Tensor('fc_z', [], new Uint8Array(1)))
				]),
				constant(floatTensor('fc_m', [], [fc.min]))
			]);
			nodes.push({ op: 'MatMul', inputs: [means, matrix], output: 'embeddings', attributes: {} });
			return 'embeddings';
		}
	});
	return { nodes, tensors };
}

/**
 * @param {import('./embedder-weights.mjs').WeightEntry[]} entries the weights manifest
 * @param {Uint8Array} bin the weights
 * @returns {Uint8Array} an .onnx file
 */
export function buildEmbedder(entries, bin) {
	return encodeModel({
		name: 'dlib-resnet-128',
		...embedderGraph(entries, bin),
		input: { name: 'faces', dims: ['n', 3, 150, 150] },
		outputs: [{ name: 'embeddings', dims: ['n', 128] }]
	});
}
