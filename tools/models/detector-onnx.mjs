// MediaPipe's full-range BlazeFace as ONNX: the same network and the same weights, in half precision, for where no second
// engine shall be loaded: a guest's phone, and the server. What they say is compared with tasks-vision in tests/e2e.
import { encodeModel, halfTensor, floatTensor, int64Tensor, startGraph } from './onnx.mjs';
import { readTflite } from './tflite.mjs';

// builtin operators of TFLite
const ADD = 0;
const CONV = 3;
const DEPTHWISE_CONV = 4;
const DEPTH_TO_SPACE = 5;
const DEQUANTIZE = 6;
const RESHAPE = 22;
const RESIZE_BILINEAR = 23;
const PAD = 34;
const DENSIFY = 124;
const RELU = 1;
const VALID = 1;

/** Output, height, width, input as TFLite stores filters, to output, input, height, width. @param {number[]} shape @param {Uint16Array} values */
export function transpose(shape, values) {
	const [outputs = 0, height = 0, width = 0, inputs = 0] = shape;
	const out = new Uint16Array(values.length);
	let at = 0;
	for (let o = 0; o < outputs; o++)
		for (let i = 0; i < inputs; i++)
			for (let y = 0; y < height; y++)
				for (let x = 0; x < width; x++)
					out[at++] = values[((o * height + y) * width + x) * inputs + i] ?? 0;
	return out;
}

/**
 * @param {Uint8Array} tflite face_detection_full_range_sparse.tflite
 * @returns {Uint8Array} an .onnx file: input 'image' [n, 3, 192, 192], RGB from -1 to 1; outputs 'scores' [n, 2304, 1],
 * 'boxes' [n, 2304, 16]
 */
export function buildDetector(tflite) {
	const { tensors, operators, inputs, outputs } = readTflite(tflite);
	const { nodes, tensors: constants, add, constant } = startGraph();
	/** what stands for a tensor of TFLite's @type {Map<number, string>} */
	const names = new Map([[inputs[0] ?? 0, 'image']]);
	/** the tensor that a filter or bias is stored in @type {Map<number, number>} */
	const stored = new Map();
	/** rows and columns that a tensor is to be padded by @type {Map<number, {of: number, pads: number[]}>} */
	const padded = new Map();
	/** @param {number} tensor */
	const nameOf = (tensor) => {
		const name = names.get(tensor);
		if (name === undefined) throw new Error(`detector: tensor ${tensor} is made by nothing`);
		return name;
	};
	/** A filter or bias, widened when the session is made. @param {number} tensor @param {(shape: number[], values: Uint16Array) => [number[], Uint16Array]} arrange */
	const weights = (tensor, arrange) => {
		let at = tensor;
		for (let of = stored.get(at); of !== undefined; of = stored.get(at)) at = of;
		const { shape, half } = tensors[at] ?? { shape: [], half: null };
		if (!half) throw new Error(`detector: tensor ${tensor} has no weights`);
		return add('Cast', [constant(halfTensor(`w_${tensor}`, ...arrange(shape, half)))], { to: 1 });
	};
	/** @param {string} x @param {number} activation */
	const activated = (x, activation) => (activation === RELU ? add('Relu', [x]) : x);

	for (const { code, inputs: from, outputs: to, option } of operators) {
		const [x = 0, filter = 0, bias = 0] = from;
		const [out = 0] = to;
		switch (code) {
			case DENSIFY:
			case DEQUANTIZE:
				stored.set(out, x);
				break;
			case PAD: {
				const pads = tensors[filter]?.integers ?? [];
				// [[0, 0], [top, bottom], [left, right], [0, 0]]
				padded.set(out, { of: x, pads: [pads[2], pads[4], pads[3], pads[5]].map((n) => n ?? 0) });
				break;
			}
			case CONV:
			case DEPTHWISE_CONV: {
				const isDeep = code === DEPTHWISE_CONV;
				const [, height = 0, width = 0, channels = 0] = tensors[filter]?.shape ?? [];
				if (option(0) !== VALID && height * width > 1)
					throw new Error('detector: a convolution pads by itself');
				const { of, pads } = padded.get(x) ?? { of: x, pads: [0, 0, 0, 0] };
				const kernel = weights(filter, (shape, values) =>
					isDeep
						? // one filter for each channel: [1, height, width, channels]
							[[channels, 1, height, width], transpose([1, height, width, channels], values)]
						: [[shape[0] ?? 0, channels, height, width], transpose(shape, values)]
				);
				const conv = add(
					'Conv',
					[nameOf(of), kernel, weights(bias, (shape, values) => [shape, values])],
					{
						kernel_shape: [height, width],
						strides: [option(2), option(1)],
						pads,
						group: isDeep ? channels : 1
					}
				);
				names.set(out, activated(conv, option(isDeep ? 4 : 3)));
				break;
			}
			case ADD:
				names.set(out, activated(add('Add', [nameOf(x), nameOf(filter)]), option(0)));
				break;
			case RESIZE_BILINEAR: {
				const scales = constant(floatTensor(`scales_${out}`, [4], [1, 1, 2, 2]));
				const how = { mode: 'linear', coordinate_transformation_mode: 'half_pixel' };
				names.set(out, add('Resize', [nameOf(x), '', scales], how));
				break;
			}
			case DEPTH_TO_SPACE:
				names.set(out, add('DepthToSpace', [nameOf(x)], { blocksize: option(0), mode: 'DCR' }));
				break;
			case RESHAPE: {
				const [, anchors = 0, values = 0] = tensors[out]?.shape ?? [];
				const shape = constant(int64Tensor(`shape_${out}`, [0, anchors, values]));
				const last = add('Transpose', [nameOf(x)], { perm: [0, 2, 3, 1] });
				const output = values === 1 ? 'scores' : 'boxes';
				nodes.push({ op: 'Reshape', inputs: [last, shape], output, attributes: {} });
				names.set(out, output);
				break;
			}
			default:
				throw new Error(`detector: operator ${code} is not known`);
		}
	}
	if (outputs.length !== 2) throw new Error('detector: two outputs were expected');
	return encodeModel({
		name: 'blazeface-full-range',
		nodes,
		tensors: constants,
		input: { name: 'image', dims: ['n', 3, 192, 192] },
		outputs: [
			{ name: 'scores', dims: ['n', 2304, 1] },
			{ name: 'boxes', dims: ['n', 2304, 16] }
		]
	});
}
