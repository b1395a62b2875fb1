// A writer for the few parts of the TFLite format that our models need.
// Field numbers and codes: tensorflow/lite/schema/schema.fbs (version 3).
import { Builder } from 'flatbuffers';

const FLOAT32 = 0;
const INT32 = 2;
const INT8 = 9;

/** @typedef {{name: string, type: number, shape: number[], values: Uint8Array | null, scales: number[] | null}} Tensor scales: of each slice along the first axis */
/** @typedef {{field: number, value: number, isByte?: boolean}} Option */
/** @typedef {{code: number, version: number, table: number, options: Option[]}} Kind what an operator is; table: which kind of options, 0 for none */
/** @typedef {{kind: Kind, inputs: number[], output: number}} Operator */
/** @typedef {{tensors: Tensor[], operators: Operator[]}} Graph */

/** @param {number} field @param {number} value @returns {Option} */
const byte = (field, value) => ({ field, value, isByte: true });
const VALID = 1;
/** @param {boolean} isOn @param {number} field of the activation */
const relu = (isOn, field) => byte(field, isOn ? 1 : 0);
/** @param {number} side @param {number} stride @returns {Option[]} */
const pool = (side, stride) => [
	byte(0, VALID),
	{ field: 1, value: stride },
	{ field: 2, value: stride },
	{ field: 3, value: side },
	{ field: 4, value: side }
];

/** Operators, by what they do. NHWC throughout; convolutions take float and filters of eight bits. */
export const kinds = {
	/** @param {{stride: number, isSame: boolean, isRelu: boolean}} how isSame: padded, so that with a stride of one the size stays @returns {Kind} */
	convolve: ({ stride, isSame, isRelu }) => ({
		code: 3,
		version: 5,
		table: 1,
		options: [
			byte(0, isSame ? 0 : VALID),
			{ field: 1, value: stride },
			{ field: 2, value: stride },
			relu(isRelu, 3)
		]
	}),
	/** @param {number} side @param {number} stride @returns {Kind} */
	averagePool: (side, stride) => ({ code: 1, version: 1, table: 5, options: pool(side, stride) }),
	/** @param {number} side @param {number} stride @returns {Kind} */
	maxPool: (side, stride) => ({ code: 17, version: 1, table: 5, options: pool(side, stride) }),
	/** @returns {Kind} */
	addRelu: () => ({ code: 0, version: 1, table: 11, options: [relu(true, 0)] }),
	/** @returns {Kind} */
	pad: () => ({ code: 34, version: 1, table: 0, options: [] }),
	/** @returns {Kind} */
	transpose: () => ({ code: 39, version: 1, table: 0, options: [] }),
	/** @returns {Kind} */
	mean: () => ({ code: 40, version: 1, table: 27, options: [byte(0, 0)] }),
	/** @returns {Kind} */
	multiply: () => ({ code: 9, version: 1, table: 8, options: [] })
};

/** Collects the operators and constants of a model. */
export function startTflite() {
	/** @type {Tensor[]} */
	const tensors = [];
	/** @type {Operator[]} */
	const operators = [];
	/** @param {Omit<Tensor, 'name'> & {name?: string}} tensor */
	const tensor = ({ name = `t${tensors.length}`, ...rest }) => tensors.push({ name, ...rest }) - 1;
	/** @param {Float32Array | Int32Array | Int8Array} values */
	const bytes = ({ buffer, byteOffset, byteLength }) =>
		new Uint8Array(buffer, byteOffset, byteLength);
	return {
		tensors,
		operators,
		/** @param {number} at @returns {number[]} */
		shapeOf: (at) => tensors[at]?.shape ?? [],
		/** @param {string} name @param {number[]} shape */
		input: (name, shape) => tensor({ name, type: FLOAT32, shape, values: null, scales: null }),
		/** @param {number[]} shape @param {Float32Array} values */
		floats: (shape, values) =>
			tensor({ type: FLOAT32, shape, values: bytes(values), scales: null }),
		/** @param {number[]} shape @param {number[]} values */
		integers: (shape, values) =>
			tensor({ type: INT32, shape, values: bytes(Int32Array.from(values)), scales: null }),
		/**
		 * Numbers in eight bits, each slice along the first axis with a scale of its own, symmetric about zero.
		 * @param {number[]} shape @param {Float32Array} values
		 */
		quantised: (shape, values) => {
			const length = values.length / (shape[0] ?? 1);
			const scales = Array.from({ length: shape[0] ?? 1 }, (_, at) =>
				values
					.subarray(at * length, (at + 1) * length)
					.reduce((most, value) => Math.max(most, Math.abs(value) / 127), 1e-12)
			);
			const eight = Int8Array.from(values, (value, i) =>
				Math.round(value / (scales[Math.floor(i / length)] ?? 1))
			);
			return tensor({ type: INT8, shape, values: bytes(eight), scales });
		},
		/** @param {Kind} kind @param {number[]} inputs @param {number[]} shape of what comes out @param {string} [name] */
		add: (kind, inputs, shape, name) => {
			const output = tensor({ name, type: FLOAT32, shape, values: null, scales: null });
			operators.push({ kind, inputs, output });
			return output;
		}
	};
}

/** @param {Builder} b @param {number[]} offsets */
export function tables(b, offsets) {
	b.startVector(4, offsets.length, 4);
	for (const offset of offsets.toReversed()) b.addOffset(offset);
	return b.endVector();
}
/** @param {Builder} b @param {number[]} values */
export function floats(b, values) {
	b.startVector(4, values.length, 4);
	for (const value of values.toReversed()) b.addFloat32(value);
	return b.endVector();
}
/** @param {Builder} b @param {number[]} values */
function integers(b, values) {
	b.startVector(4, values.length, 4);
	for (const value of values.toReversed()) b.addInt32(value);
	return b.endVector();
}
/** One table, of [field, value] with a way to write it. @param {Builder} b @param {number} length @param {((b: Builder) => void)[]} fields */
function table(b, length, fields) {
	b.startObject(length);
	for (const write of fields) write(b);
	return b.endObject();
}
/** @param {number} field @param {number} value */
const offset = (field, value) => (/** @type {Builder} */ b) => b.addFieldOffset(field, value, 0);
/** @param {number} field @param {number} value */
const int32 = (field, value) => (/** @type {Builder} */ b) => b.addFieldInt32(field, value, 0);
/** @param {number} field @param {number} value */
const int8 = (field, value) => (/** @type {Builder} */ b) => b.addFieldInt8(field, value, 0);

/** @param {Builder} b @param {Uint8Array | null} values */
function buffer(b, values) {
	if (!values) return table(b, 1, []);
	// where engines may read it in place
	b.prep(16, values.length);
	return table(b, 1, [offset(0, b.createByteVector(values))]);
}

/** @param {Builder} b @param {number[]} scales */
function quantization(b, scales) {
	const steps = floats(b, scales);
	b.startVector(8, scales.length, 8);
	for (let i = 0; i < scales.length; i++) b.addInt64(0n);
	return table(b, 7, [offset(2, steps), offset(3, b.endVector()), int32(6, 0)]);
}

/** @param {Builder} b @param {Tensor} tensor @param {number} at its buffer */
function tensorTable(b, { name, type, shape, scales }, at) {
	const fields = [
		offset(0, integers(b, shape)),
		int8(1, type),
		int32(2, at),
		offset(3, b.createString(name))
	];
	if (scales) fields.push(offset(4, quantization(b, scales)));
	return table(b, 6, fields);
}

/** @param {Builder} b @param {Operator} operator @param {number} code its place among the codes */
function operatorTable(b, { kind, inputs, output }, code) {
	const options = kind.options.map(({ field, value, isByte }) =>
		isByte ? int8(field, value) : int32(field, value)
	);
	const written = kind.table ? table(b, 6, options) : 0;
	const fields = [int32(0, code), offset(1, integers(b, inputs)), offset(2, integers(b, [output]))];
	if (written) fields.push(int8(3, kind.table), offset(4, written));
	return table(b, 5, fields);
}

/**
 * @param {Graph} graph @param {number} input @param {number} output
 * @returns {Uint8Array} bytes of a .tflite file
 */
export function encodeTflite({ tensors, operators }, input, output) {
	const b = new Builder(1 << 20);
	const all = [...new Map(operators.map(({ kind }) => [kind.code, kind])).values()];
	// the first buffer is that of tensors without values
	const values = [null, ...tensors.flatMap((tensor) => (tensor.values ? [tensor.values] : []))];
	const buffers = tables(
		b,
		values.map((each) => buffer(b, each))
	);
	let last = 0;
	const written = tensors.map((tensor) => tensorTable(b, tensor, tensor.values ? ++last : 0));
	const steps = operators.map((operator) =>
		operatorTable(
			b,
			operator,
			all.findIndex(({ code }) => code === operator.kind.code)
		)
	);
	const graph = table(b, 5, [
		offset(0, tables(b, written)),
		offset(1, integers(b, [input])),
		offset(2, integers(b, [output])),
		offset(3, tables(b, steps)),
		offset(4, b.createString('main'))
	]);
	const codes = all.map(({ code, version }) =>
		table(b, 4, [int8(0, code), int32(2, version), int32(3, code)])
	);
	const model = table(b, 5, [
		int32(0, 3),
		offset(1, tables(b, codes)),
		offset(2, tables(b, [graph])),
		offset(4, buffers)
	]);
	b.finish(model, 'TFL3');
	return b.asUint8Array();
}
