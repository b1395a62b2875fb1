// dlib's face recognition ResNet as TFLite, for the engine that is quickest on a processor: filters in eight bits with a
// scale for each channel. The engine brings each layer's input to eight bits too, by the range that it has (XNNPACK's
// dynamic quantisation), so that nothing needs to be measured beforehand.
import { dequantise, foldedBias, readWeights, resNet, scaleOf } from './embedder-weights.mjs';
import { encodeTflite, kinds, startTflite } from './tflite-write.mjs';

/** HWIO, as TensorFlow stores filters, to OHWI, as TFLite wants them, each channel scaled. @param {import('./embedder-weights.mjs').Weight} weight @param {number[]} scale */
function transposeFilters(weight, scale) {
	const all = dequantise(weight);
	const outputs = scale.length;
	const inner = all.length / outputs;
	return Float32Array.from(all, (_, at) => {
		const channel = Math.floor(at / inner);
		return (all[(at % inner) * outputs + channel] ?? 0) * (scale[channel] ?? 0);
	});
}

/**
 * @param {import('./embedder-weights.mjs').WeightEntry[]} entries the weights manifest
 * @param {Uint8Array} bin the weights
 * @returns {Uint8Array} a .tflite file, from 'faces' [1, 3, 150, 150] to 'embeddings' [1, 128]
 */
export function buildProcessorEmbedder(entries, bin) {
	const weights = readWeights(entries, bin);
	const graph = startTflite();
	const { add, floats, integers, quantised, shapeOf } = graph;
	/** @param {number} x @param {number} side @param {number} stride @param {number} [channels] */
	const swept = (x, side, stride, channels) => {
		const [n = 0, h = 0, w = 0, c = 0] = shapeOf(x);
		/** @param {number} length */
		const fits = (length) => Math.floor((length - side) / stride) + 1;
		return [n, fits(h), fits(w), channels ?? c];
	};
	/** @param {number} x @param {number[]} more at the end of each dimension */
	const pad = (x, more) =>
		add(
			kinds.pad(),
			[
				x,
				integers(
					[4, 2],
					more.flatMap((each) => [0, each])
				)
			],
			shapeOf(x).map((length, i) => length + (more[i] ?? 0))
		);
	const input = graph.input('faces', [1, 3, 150, 150]);
	const pictures = add(kinds.transpose(), [input, integers([4], [0, 2, 3, 1])], [1, 150, 150, 3]);
	const output = resNet(pictures, {
		conv(x, layer, { stride = 1, pad, relu }) {
			const filters = weights(`${layer}/conv/filters`);
			const scale = scaleOf(weights, layer);
			const [h = 0, w = 0, inputs = 0, outputs = 0] = filters.shape;
			const kernel = quantised([outputs, h, w, inputs], transposeFilters(filters, scale));
			const bias = floats([outputs], Float32Array.from(foldedBias(weights, layer)));
			const shape = pad ? [...shapeOf(x).slice(0, 3), outputs] : swept(x, h, stride, outputs);
			const kind = kinds.convolve({ stride, isSame: pad > 0, isRelu: relu });
			return add(kind, [x, kernel, bias], shape);
		},
		maxPool: (x) => add(kinds.maxPool(3, 2), [x], swept(x, 3, 2)),
		averagePool: (x) => add(kinds.averagePool(2, 2), [x], swept(x, 2, 2)),
		padSide: (x) => pad(x, [0, 1, 1, 0]),
		padChannels: (x, _, channels) => pad(x, [0, 0, 0, channels]),
		addRelu: (one, other) => add(kinds.addRelu(), [one, other], shapeOf(one)),
		head(x) {
			const means = add(kinds.mean(), [x, integers([2], [1, 2])], [1, 256]);
			const fc = dequantise(weights('fc'));
			const matrix = Float32Array.from(
				fc,
				(_, at) => fc[(at % 256) * 128 + Math.floor(at / 256)] ?? 0
			);
			return add(kinds.multiply(), [means, floats([128, 256], matrix), -1], [1, 128], 'embeddings');
		}
	});
	return encodeTflite(graph, input, output);
}
