// dlib's face recognition ResNet, as distributed with @vladmandic/face-api: its weights (quantised to uint8, the filters of
// the 64 channel stage excepted, which are float32), and how its layers follow each other.

/** @typedef {{name: string, shape: number[], quantization?: {scale: number, min: number}}} WeightEntry */
/** @typedef {{shape: number[], values: Uint8Array | Float32Array, scale: number, min: number}} Weight */
/** @typedef {(name: string) => Weight} Weights */

/** @param {WeightEntry[]} entries the weights manifest @param {Uint8Array} bin the weights @returns {Weights} */
export function readWeights(entries, bin) {
	/** @type {Map<string, Weight>} */
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
	return (name) => {
		const found = weights.get(name);
		if (!found) throw new Error(`embedder weights: ${name} is missing`);
		return found;
	};
}

/** @param {Weight} weight */
export const dequantise = (weight) =>
	Array.from(weight.values, (q) => q * weight.scale + weight.min);

/** By what a layer's filters are multiplied, by channel, its scale layer folded in. @param {Weights} weights @param {string} layer */
export const scaleOf = (weights, layer) => dequantise(weights(`${layer}/scale/weights`));

/** What is added to each channel of a layer, its scale layer folded in: (w*s) x + (b*s + t). @param {Weights} weights @param {string} layer */
export function foldedBias(weights, layer) {
	const scale = scaleOf(weights, layer);
	const shift = dequantise(weights(`${layer}/scale/biases`));
	return dequantise(weights(`${layer}/conv/bias`)).map(
		(value, i) => value * (scale[i] ?? 0) + (shift[i] ?? 0)
	);
}

/**
 * What a format has to say each layer with.
 * @template X
 * @typedef {object} Layers
 * @property {(x: X, layer: string, how: {stride?: number, pad: number, relu: boolean}) => X} conv
 * @property {(x: X) => X} maxPool three wide, every second
 * @property {(x: X) => X} averagePool two wide, every second
 * @property {(x: X, name: string) => X} padSide one more row below and column to the right
 * @property {(x: X, name: string, channels: number) => X} padChannels
 * @property {(one: X, other: X) => X} addRelu
 * @property {(x: X) => X} head means of the channels, and the last matrix
 */

/** @template X @param {X} input @param {Layers<X>} layers @returns {X} the embeddings */
export function resNet(input, { conv, maxPool, averagePool, padSide, padChannels, addRelu, head }) {
	/** @param {X} x @param {string} layer */
	const residual = (x, layer) => {
		const inner = conv(x, `${layer}/conv1`, { pad: 1, relu: true });
		return addRelu(conv(inner, `${layer}/conv2`, { pad: 1, relu: false }), x);
	};
	/** @param {X} x @param {string} layer @param {{channels: number, shrinks: boolean}} options channels to add; shrinks: the convolved side is one pixel smaller than the pooled one */
	const residualDown = (x, layer, { channels, shrinks }) => {
		let side = conv(x, `${layer}/conv1`, { stride: 2, pad: 0, relu: true });
		side = conv(side, `${layer}/conv2`, { pad: 1, relu: false });
		if (shrinks) side = padSide(side, `${layer}_side`);
		const pooled = averagePool(x);
		return addRelu(channels ? padChannels(pooled, `${layer}_pool`, channels) : pooled, side);
	};
	let x = maxPool(conv(input, 'conv32_down', { stride: 2, pad: 0, relu: true }));
	for (const i of [1, 2, 3]) x = residual(x, `conv32_${i}`);
	x = residualDown(x, 'conv64_down', { channels: 32, shrinks: false });
	for (const i of [1, 2, 3]) x = residual(x, `conv64_${i}`);
	x = residualDown(x, 'conv128_down', { channels: 64, shrinks: false });
	for (const i of [1, 2]) x = residual(x, `conv128_${i}`);
	x = residualDown(x, 'conv256_down', { channels: 128, shrinks: true });
	for (const i of [1, 2]) x = residual(x, `conv256_${i}`);
	return head(residualDown(x, 'conv256_down_out', { channels: 0, shrinks: true }));
}
