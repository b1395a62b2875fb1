// A reader for the few parts of the TFLite format that BlazeFace needs: operators, shapes, and weights in half precision,
// dense or sparse. Field numbers: tensorflow/lite/schema/schema.fbs.
import { ByteBuffer } from 'flatbuffers';

/** @typedef {{shape: number[], half: Uint16Array | null, integers: number[] | null}} Tensor half: bits of float16 values, dense; null where there are none */
/** @typedef {{code: number, inputs: number[], outputs: number[], option: (field: number) => number}} Operator option: a whole number, 0 where it is not written */
/** @typedef {{tensors: Tensor[], operators: Operator[], inputs: number[], outputs: number[]}} Graph */

const INT32 = 2;
const DENSE = 0;

/** @param {Uint8Array} bytes of a .tflite file @returns {Graph} of its first subgraph */
export function readTflite(bytes) {
	const source = new ByteBuffer(bytes);
	if (source.getBufferIdentifier() !== 'TFL3') throw new Error('detector: not a TFLite file');
	/** Where a field of a table is, or 0. @param {number} table @param {number} field */
	const slot = (table, field) => {
		const offset = source.__offset(table, 4 + 2 * field);
		return offset ? table + offset : 0;
	};
	/** @param {number} table @param {number} field */
	const integer = (table, field) => {
		const at = slot(table, field);
		return at ? source.readInt32(at) : 0;
	};
	/** @param {number} table @param {number} field */
	const byte = (table, field) => {
		const at = slot(table, field);
		return at ? source.readInt8(at) : 0;
	};
	/** @param {number} table @param {number} field */
	const child = (table, field) => {
		const at = slot(table, field);
		return at ? source.__indirect(at) : 0;
	};
	/** @param {number} table @param {number} field @returns {{at: number, length: number}} */
	const vector = (table, field) => {
		const at = child(table, field);
		return at ? { at: at + 4, length: source.readInt32(at) } : { at: 0, length: 0 };
	};
	/** @param {number} table @param {number} field */
	const integers = (table, field) => {
		const { at, length } = vector(table, field);
		return Array.from({ length }, (_, i) => source.readInt32(at + 4 * i));
	};
	/** @param {number} table @param {number} field */
	const children = (table, field) => {
		const { at, length } = vector(table, field);
		return Array.from({ length }, (_, i) => source.__indirect(at + 4 * i));
	};

	/** A vector of 4, 2 or 1 bytes a number, by the type in the field before. @param {number} table @param {number} field */
	const indices = (table, field) => {
		const size = [0, 4, 2, 1][byte(table, field - 1)] ?? 0;
		const { at, length } = vector(child(table, field), 0);
		return Array.from({ length }, (_, i) =>
			size === 4
				? source.readInt32(at + 4 * i)
				: size === 2
					? source.readUint16(at + 2 * i)
					: source.readUint8(at + i)
		);
	};
	/** What tensorflow/lite/kernels/internal/utils/sparsity_format_converter does. @param {number} sparsity @param {number[]} shape @param {Uint16Array} packed */
	const dense = (sparsity, shape, packed) => {
		const order = integers(sparsity, 0);
		const blockMap = integers(sparsity, 1);
		const levels = children(sparsity, 2).map((table) => ({
			isDense: byte(table, 0) === DENSE,
			size: integer(table, 1),
			segments: indices(table, 3),
			indices: indices(table, 5)
		}));
		const out = new Uint16Array(shape.reduce((a, b) => a * b, 1));
		/** @type {number[]} */
		const path = [];
		let next = 0;
		const write = () => {
			/** @type {number[]} */
			const index = [];
			for (const [i, at] of path.entries()) {
				const of = order[i] ?? 0;
				if (of < shape.length) index[of] = at;
				else {
					const dimension = blockMap[of - shape.length] ?? 0;
					index[dimension] = (index[dimension] ?? 0) * (levels[i]?.size ?? 0) + at;
				}
			}
			const at = index.reduce((sum, value, i) => sum * (shape[i] ?? 0) + value, 0);
			out[at] = packed[next++] ?? 0;
		};
		/** @param {number} depth @param {number} before */
		const walk = (depth, before) => {
			const level = levels[depth];
			if (!level) return write();
			if (level.isDense)
				for (let i = 0; i < level.size; i++) {
					path[depth] = i;
					walk(depth + 1, before * level.size + i);
				}
			else
				for (let i = level.segments[before] ?? 0; i < (level.segments[before + 1] ?? 0); i++) {
					path[depth] = level.indices[i] ?? 0;
					walk(depth + 1, i);
				}
		};
		walk(0, 0);
		if (next !== packed.length) throw new Error('detector: weights are left over');
		return out;
	};

	const root = source.readInt32(0);
	const codes = children(root, 1).map((table) => Math.max(byte(table, 0), integer(table, 3)));
	const buffers = children(root, 4).map((table) => vector(table, 0));
	const graph = children(root, 2)[0] ?? 0;
	const tensors = children(graph, 0).map((table) => {
		const shape = integers(table, 0);
		const { at, length } = buffers[integer(table, 2)] ?? { at: 0, length: 0 };
		const content = Uint8Array.from(bytes.subarray(at, at + length));
		if (length === 0) return { shape, half: null, integers: null };
		if (byte(table, 1) === INT32)
			return { shape, half: null, integers: [...new Int32Array(content.buffer)] };
		const packed = new Uint16Array(content.buffer);
		const sparsity = child(table, 6);
		return { shape, half: sparsity ? dense(sparsity, shape, packed) : packed, integers: null };
	});
	const operators = children(graph, 3).map((table) => {
		const options = child(table, 4);
		return {
			code: codes[integer(table, 0)] ?? -1,
			inputs: integers(table, 1),
			outputs: integers(table, 2),
			/** @param {number} field */
			option: (field) => {
				// enumerations and booleans take a byte, sizes four; what follows a byte is its neighbours' or padding
				const at = options ? slot(options, field) : 0;
				return at ? source.readInt8(at) : 0;
			}
		};
	});
	return { tensors, operators, inputs: integers(graph, 1), outputs: integers(graph, 2) };
}
