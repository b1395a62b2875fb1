// MediaPipe's attention mesh (Grishchenko et al. 2020, 'Attention Mesh: High-fidelity Face Mesh Prediction in Real-time') as
// two ONNX networks, in half precision: the one that finds the mesh of a face, and the two that look closely at its eyes. What
// lies between them, custom operators of MediaPipe's, is in shared/faces/eyes.ts; lips and irises are left out.
import { transpose } from './detector-onnx.mjs';
import { encodeModel, halfTensor, int64Tensor, startGraph } from './onnx.mjs';
import { readTflite } from './tflite.mjs';

// builtin operators of TFLite
const ADD = 0;
const CONV = 3;
const DEPTHWISE_CONV = 4;
const DEQUANTIZE = 6;
const MAX_POOL = 17;
const CUSTOM = 32;
const PAD = 34;
const PRELU = 54;
const SAME = 0;

/** The tensors are known by their shapes: mesh points, and what is seen of both eyes. */
const POINTS = [1, 1, 1, 1404];
const EYE_POINTS = [1, 1, 1, 142];
const REGION = [1, 16, 16, 32];
const CHANNELS = 32;

/** @typedef {{tensor: number, name: string, isFlat: boolean, dims: (string | number)[]}} Output */

/** @param {string} message @returns {never} */
const fail = (message) => {
	throw new Error(`eyes: ${message}`);
};

/**
 * @param {import('./tflite.mjs').Graph} graph
 * @param {Map<number, import('./tflite.mjs').Operator>} madeBy by the tensor that comes out
 * @param {{name: string, input: import('./onnx.mjs').Value, from: number[], outputs: Output[]}} wanted from: the tensors that the input holds, channel by
 * channel where there are several
 */
function convert({ tensors }, madeBy, { name, input, from, outputs }) {
	const { nodes, tensors: constants, add, constant } = startGraph();
	/** @type {Map<number, string>} */
	const names = new Map();
	/** @param {number} tensor */
	const shapeOf = (tensor) => tensors[tensor]?.shape ?? fail(`tensor ${tensor} is missing`);
	/** Widened when the session is made. @param {number} tensor @param {(shape: number[], values: Uint16Array) => [number[], Uint16Array]} arrange */
	const weights = (tensor, arrange) => {
		let at = tensor;
		for (let by = madeBy.get(at); by?.code === DEQUANTIZE; by = madeBy.get(at))
			at = by.inputs[0] ?? 0;
		const { shape, half } = tensors[at] ?? { shape: [], half: null };
		if (!half) return fail(`tensor ${tensor} has no weights`);
		return add('Cast', [constant(halfTensor(`w_${tensor}`, ...arrange(shape, half)))], { to: 1 });
	};
	/** As TFLite pads. @param {number} x @param {number} out @param {number[]} kernel @param {number[]} strides @param {number} padding */
	const padsOf = (x, out, kernel, strides, padding) => {
		if (padding !== SAME) return [0, 0, 0, 0];
		const all = [0, 1].map((i) => {
			const [size = 0, made = 0] = [shapeOf(x)[i + 1], shapeOf(out)[i + 1]];
			return Math.max(0, (made - 1) * (strides[i] ?? 1) + (kernel[i] ?? 1) - size);
		});
		const before = all.map((pad) => pad >> 1);
		return [...before, ...all.map((pad, i) => pad - (before[i] ?? 0))];
	};
	/** @param {number} out @returns {string} */
	const nameOf = (out) => {
		const known = names.get(out);
		if (known !== undefined) return known;
		const by = madeBy.get(out) ?? fail(`tensor ${out} is made by nothing`);
		const made = make(out, by);
		names.set(out, made);
		return made;
	};
	/** @param {number} out @param {import('./tflite.mjs').Operator} operator */
	const make = (out, { code, inputs, option }) => {
		const [x = 0, filter = 0, bias = 0] = inputs;
		switch (code) {
			case CONV:
			case DEPTHWISE_CONV: {
				const isDeep = code === DEPTHWISE_CONV;
				if (option(isDeep ? 4 : 3)) fail('a convolution is activated');
				const [outs = 0, height = 0, width = 0, channels = 0] = shapeOf(filter);
				const kernel = [height, width];
				const strides = [option(2), option(1)];
				return add(
					'Conv',
					[
						nameOf(x),
						weights(filter, (_, values) =>
							isDeep
								? [[channels, 1, ...kernel], transpose([1, ...kernel, channels], values)]
								: [[outs, channels, ...kernel], transpose([outs, ...kernel, channels], values)]
						),
						weights(bias, (shape, values) => [shape, values])
					],
					{
						kernel_shape: kernel,
						strides,
						pads: padsOf(x, out, kernel, strides, option(0)),
						group: isDeep ? channels : 1
					}
				);
			}
			case ADD:
				return add('Add', [nameOf(x), nameOf(filter)]);
			case PRELU:
				return add('PRelu', [
					nameOf(x),
					weights(filter, (shape, values) => [[shape.at(-1) ?? 0, 1, 1], values])
				]);
			case MAX_POOL: {
				const strides = [option(2), option(1)];
				const kernel = [option(4), option(3)];
				const pads = padsOf(x, out, kernel, strides, option(0));
				return add('MaxPool', [nameOf(x)], { kernel_shape: kernel, strides, pads });
			}
			case PAD: {
				const p = tensors[filter]?.integers ?? [];
				// begins and ends of batch, height, width, channels to begins, then ends, of batch, channels, height, width
				const pads = [0, 6, 2, 4, 1, 7, 3, 5].map((at) => p[at] ?? 0);
				return add('Pad', [nameOf(x), constant(int64Tensor(`pads_${out}`, pads))]);
			}
			default:
				return fail(`operator ${code} is not known`);
		}
	};
	for (const [i, tensor] of from.entries()) {
		/** @param {string} what @param {number} value */
		const one = (what, value) => constant(int64Tensor(`${what}_${i}`, [value]));
		const part = () => [one('from', CHANNELS * i), one('to', CHANNELS * (i + 1)), one('axis', 1)];
		names.set(tensor, from.length === 1 ? input.name : add('Slice', [input.name, ...part()]));
	}
	for (const { tensor, name: output, isFlat } of outputs)
		nodes.push({
			op: isFlat ? 'Flatten' : 'Identity',
			inputs: [nameOf(tensor)],
			output,
			attributes: isFlat ? { axis: 1 } : {}
		});
	return encodeModel({
		name,
		nodes,
		tensors: constants,
		input,
		outputs: outputs.map(({ name: output, dims }) => ({ name: output, dims }))
	});
}

/**
 * @param {Uint8Array} tflite face_landmark_with_attention.tflite
 * @returns {{mesh: Uint8Array, eyes: Uint8Array}} .onnx files. mesh: 'image' [n, 3, 192, 192], RGB from 0 to 1, to 'points' [n, 1404], x, y and z
 * in pixels of the image, and 'features' [n, 32, 48, 48]. eyes: 'regions' [n, 64, 16, 16], of the right eye and of the left, to 'right' and 'left'
 * [n, 142], x and y in quarters of the region's pixels
 */
export function buildEyes(tflite) {
	const graph = readTflite(tflite);
	const { tensors, operators, inputs } = graph;
	const madeBy = new Map(operators.flatMap((by) => by.outputs.map((out) => [out, by])));
	/** @param {number[]} shape @param {number} code */
	const madeOf = (shape, code) =>
		operators.flatMap((by) =>
			by.code === code && by.outputs.some((out) => String(tensors[out]?.shape) === String(shape))
				? [by]
				: []
		);
	// of the mouth, of the right eye, of the left
	const regions = madeOf(REGION, CUSTOM);
	const eyes = madeOf(EYE_POINTS, CONV);
	const [points] = madeOf(POINTS, CONV);
	if (regions.length !== 3 || eyes.length !== 2 || !points) fail('this is another network');
	/** @param {import('./tflite.mjs').Operator | undefined} by */
	const outOf = (by) => by?.outputs[0] ?? fail('this is another network');
	return {
		mesh: convert(graph, madeBy, {
			name: 'face-mesh',
			input: { name: 'image', dims: ['n', 3, 192, 192] },
			from: [inputs[0] ?? 0],
			outputs: [
				{ tensor: outOf(points), name: 'points', isFlat: true, dims: ['n', 1404] },
				{
					tensor: regions[0]?.inputs[0] ?? 0,
					name: 'features',
					isFlat: false,
					dims: ['n', CHANNELS, 48, 48]
				}
			]
		}),
		eyes: convert(graph, madeBy, {
			name: 'eyes',
			input: { name: 'regions', dims: ['n', 2 * CHANNELS, 16, 16] },
			from: [outOf(regions[1]), outOf(regions[2])],
			outputs: ['right', 'left'].map((name, i) => ({
				tensor: outOf(eyes[i]),
				name,
				isFlat: true,
				dims: ['n', 142]
			}))
		})
	};
}
