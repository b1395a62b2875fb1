// A writer for the few parts of the ONNX format that our models need.
// Field numbers: onnx/onnx.proto (IR version 8, opset 13).
import { PbfWriter } from 'pbf';

const UINT8 = 2;
const INT64 = 7;
const FLOAT = 1;
const FLOAT16 = 10;

/** @typedef {{name: string, type: number, dims: number[], raw: Uint8Array}} Tensor */
/** @typedef {Record<string, number | number[] | string>} Attributes */
/** @typedef {{op: string, inputs: string[], output: string, attributes: Attributes}} Node */
/** @typedef {{name: string, dims: (number | string)[]}} Value */

/** @param {string} name @param {number[]} dims @param {Uint8Array} values @returns {Tensor} */
export const uint8Tensor = (name, dims, values) => ({ name, type: UINT8, dims, raw: values });

/** @param {string} name @param {number[]} dims @param {ArrayLike<number>} values @returns {Tensor} */
export const floatTensor = (name, dims, values) => ({
	name,
	type: FLOAT,
	dims,
	raw: new Uint8Array(Float32Array.from(values).buffer)
});

/** @param {string} name @param {number[]} dims @param {Uint16Array} values bits of float16 @returns {Tensor} */
export const halfTensor = (name, dims, values) => ({
	name,
	type: FLOAT16,
	dims,
	raw: new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
});

/** @param {string} name @param {number[]} values @returns {Tensor} */
export const int64Tensor = (name, values) => ({
	name,
	type: INT64,
	dims: [values.length],
	raw: new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer)
});

/** @param {Tensor} tensor @param {PbfWriter} pbf */
const writeTensor = (tensor, pbf) => {
	pbf.writePackedVarint(1, tensor.dims);
	pbf.writeVarintField(2, tensor.type);
	pbf.writeStringField(8, tensor.name);
	pbf.writeBytesField(9, tensor.raw);
};

/** @param {[string, number | number[] | string]} entry @param {PbfWriter} pbf */
const writeAttribute = ([name, value], pbf) => {
	pbf.writeStringField(1, name);
	if (Array.isArray(value)) {
		for (const each of value) pbf.writeVarintField(8, each);
		pbf.writeVarintField(20, 7);
	} else if (typeof value === 'string') {
		pbf.writeBytesField(4, new TextEncoder().encode(value));
		pbf.writeVarintField(20, 3);
	} else {
		pbf.writeVarintField(3, value);
		pbf.writeVarintField(20, 2);
	}
};

/** @param {Node} node @param {PbfWriter} pbf */
const writeNode = (node, pbf) => {
	for (const input of node.inputs) pbf.writeStringField(1, input);
	pbf.writeStringField(2, node.output);
	pbf.writeStringField(3, node.output);
	pbf.writeStringField(4, node.op);
	for (const entry of Object.entries(node.attributes)) pbf.writeMessage(5, writeAttribute, entry);
};

/** @param {Value} value @param {PbfWriter} pbf */
const writeValueInfo = (value, pbf) => {
	pbf.writeStringField(1, value.name);
	pbf.writeMessage(2, writeType, value.dims);
};
/** @param {(number | string)[]} dims @param {PbfWriter} pbf */
const writeType = (dims, pbf) => pbf.writeMessage(1, writeTensorType, dims);
/** @param {(number | string)[]} dims @param {PbfWriter} pbf */
const writeTensorType = (dims, pbf) => {
	pbf.writeVarintField(1, FLOAT);
	pbf.writeMessage(2, writeShape, dims);
};
/** @param {(number | string)[]} dims @param {PbfWriter} pbf */
const writeShape = (dims, pbf) => {
	for (const dim of dims) pbf.writeMessage(1, writeDimension, dim);
};
/** @param {number | string} dim @param {PbfWriter} pbf */
const writeDimension = (dim, pbf) => {
	if (typeof dim === 'number') pbf.writeVarintField(1, dim);
	else pbf.writeStringField(2, dim);
};

/** Collects the nodes and constants of a model. */
export function startGraph() {
	/** @type {Node[]} */
	const nodes = [];
	/** @type {Tensor[]} */
	const tensors = [];
	let count = 0;
	return {
		nodes,
		tensors,
		/** @param {string} op @param {string[]} inputs @param {Attributes} [attributes] @returns {string} what comes out */
		add(op, inputs, attributes = {}) {
			const output = `${op.toLowerCase()}_${count++}`;
			nodes.push({ op, inputs, output, attributes });
			return output;
		},
		/** @param {Tensor} tensor @returns {string} its name */
		constant: (tensor) => (tensors.push(tensor), tensor.name)
	};
}

/**
 * Encodes a model with one float input and some float outputs.
 * @param {{name: string, nodes: Node[], tensors: Tensor[], input: Value, outputs: Value[]}} graph
 * @returns {Uint8Array} bytes of an .onnx file
 */
export function encodeModel(graph) {
	const pbf = new PbfWriter();
	pbf.writeVarintField(1, 8);
	pbf.writeStringField(2, 'aura');
	pbf.writeMessage(
		7,
		(g, out) => {
			for (const node of g.nodes) out.writeMessage(1, writeNode, node);
			out.writeStringField(2, g.name);
			for (const tensor of g.tensors) out.writeMessage(5, writeTensor, tensor);
			out.writeMessage(11, writeValueInfo, g.input);
			for (const output of g.outputs) out.writeMessage(12, writeValueInfo, output);
		},
		graph
	);
	pbf.writeMessage(8, (_, out) => out.writeVarintField(2, 13), null);
	return pbf.finish();
}
