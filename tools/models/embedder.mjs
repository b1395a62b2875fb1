// dlib's face recognition ResNet, as distributed with @vladmandic/face-api (weights quantised to
// uint8, the filters of the 64 channel stage excepted, which are float32), written as ONNX. The
// weights stay so in the file (6.4 MB instead of 22 MB) and are dequantised once, when the session
// is made.
import { encodeModel, floatTensor, int64Tensor, startGraph, uint8Tensor } from './onnx.mjs';

/** @typedef {{name: string, shape: number[], quantization?: {scale: number, min: number}}} WeightEntry */
/** @typedef {{shape: number[], values: Uint8Array | Float32Array, scale: number, min: number}} Weight */

/** @param {WeightEntry[]} entries @param {Uint8Array} bin @returns {Map<string, Weight>} */
function readWeights(entries, bin) {
	const weights = new Map();
	const copy = new Uint8Array(bin); // a Buffer's slice() would share memory
	let at = 0;
	for (const { name, shape, quantization } of entries) {
		const length = shape.reduce((a, b) => a * b, 1);
		const end = at + length * (quantization ? 1 : 4);
		const values = quantization
			? copy.slice(at, end)
			: new Float32Array(copy.slice(at, end).buffer);
		weights.set(name, { shape, values, ...(quantization ?? { scale: 1, min: 0 }) });
		at = end;
	}
	if (at !== bin.length) throw new Error(`embedder weights: ${bin.length - at} bytes left over`);
	return weights;
}

/** @param {Weight} weight */
const dequantise = (weight) => Array.from(weight.values, (q) => q * weight.scale + weight.min);

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
 * @param {WeightEntry[]} entries the weights manifest
 * @param {Uint8Array} bin the weights
 * @returns {{nodes: import('./onnx.mjs').Node[], tensors: import('./onnx.mjs').Tensor[]}} from 'faces' [n, 3, 150, 150] to
 * 'embeddings' [n, 128]
 */
export function embedderGraph(entries, bin) {
	const weights = readWeights(entries, bin);
	/** @param {string} name */
	const weight = (name) => {
		const found = weights.get(name);
		if (!found) throw new Error(`embedder weights: ${name} is missing`);
		return found;
	};
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
	/** Convolution with its scale layer folded in: (w*s) x + (b*s + t). @param {string} x @param {string} layer @param {{stride?: number, pad: number, relu: boolean}} options */
	const conv = (x, layer, { stride = 1, pad, relu }) => {
		const filters = weight(`${layer}/conv/filters`);
		const bias = dequantise(weight(`${layer}/conv/bias`));
		const scale = dequantise(weight(`${layer}/scale/weights`));
		const shift = dequantise(weight(`${layer}/scale/biases`));
		const [h = 0, w = 0, inputs = 0, outputs = 0] = filters.shape;
		const dims = [outputs, inputs, h, w];
		const values = transposeFilters(filters);
		const kernel =
			values instanceof Float32Array
				? constant(floatTensor(`${layer}_w`, dims, scaleFilters(values, scale)))
				: dequantised(layer, dims, values, filters, scale);
		const b = constant(
			floatTensor(
				`${layer}_b`,
				[outputs],
				bias.map((value, i) => value * (scale[i] ?? 0) + (shift[i] ?? 0))
			)
		);
		const out = add('Conv', [x, kernel, b], {
			kernel_shape: [h, w],
			strides: [stride, stride],
			pads: [pad, pad, pad, pad]
		});
		return relu ? add('Relu', [out]) : out;
	};
	/** @param {string} x @param {string} name @param {number[]} pads eight numbers: begins, then ends */
	const pad = (x, name, pads) => add('Pad', [x, constant(int64Tensor(`${name}_pads`, pads))]);

	/** @param {string} x @param {string} layer */
	const residual = (x, layer) => {
		const inner = conv(x, `${layer}/conv1`, { pad: 1, relu: true });
		return add('Relu', [add('Add', [conv(inner, `${layer}/conv2`, { pad: 1, relu: false }), x])]);
	};
	/** @param {string} x @param {string} layer @param {{channels: number, shrinks: boolean}} options channels to add; shrinks: the convolved side is one pixel smaller than the pooled one */
	const residualDown = (x, layer, { channels, shrinks }) => {
		let side = conv(x, `${layer}/conv1`, { stride: 2, pad: 0, relu: true });
		side = conv(side, `${layer}/conv2`, { pad: 1, relu: false });
		if (shrinks) side = pad(side, `${layer}_side`, [0, 0, 0, 0, 0, 0, 1, 1]);
		let pooled = add('AveragePool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
		if (channels) pooled = pad(pooled, `${layer}_pool`, [0, 0, 0, 0, 0, channels, 0, 0]);
		return add('Relu', [add('Add', [pooled, side])]);
	};

	let x = conv('faces', 'conv32_down', { stride: 2, pad: 0, relu: true });
	x = add('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2] });
	for (const i of [1, 2, 3]) x = residual(x, `conv32_${i}`);
	x = residualDown(x, 'conv64_down', { channels: 32, shrinks: false });
	for (const i of [1, 2, 3]) x = residual(x, `conv64_${i}`);
	x = residualDown(x, 'conv128_down', { channels: 64, shrinks: false });
	for (const i of [1, 2]) x = residual(x, `conv128_${i}`);
	x = residualDown(x, 'conv256_down', { channels: 128, shrinks: true });
	for (const i of [1, 2]) x = residual(x, `conv256_${i}`);
	x = residualDown(x, 'conv256_down_out', { channels: 0, shrinks: true });
	x = add('Flatten', [add('GlobalAveragePool', [x])], { axis: 1 });
	const fc = weight('fc');
	const matrix = add('Add', [
		add('DequantizeLinear', [
			constant(uint8Tensor('fc_q', fc.shape, Uint8Array.from(fc.values))),
			constant(floatTensor('fc_s', [], [fc.scale])),
			constant(uint8Tensor('fc_z', [], new Uint8Array(1)))
		]),
		constant(floatTensor('fc_m', [], [fc.min]))
	]);
	nodes.push({ op: 'MatMul', inputs: [x, matrix], output: 'embeddings', attributes: {} });
	return { nodes, tensors };
}

/**
 * @param {WeightEntry[]} entries the weights manifest
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
