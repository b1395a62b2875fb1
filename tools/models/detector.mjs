// MediaPipe's face detectors come without the TFLite metadata that tasks-vision insists on.
// A flatbuffer's offsets all point forward, so a new root table with one more buffer goes in front
// of the old bytes, which move as a whole (by a multiple of 16, to keep their alignment).
// Field numbers: tensorflow/lite/schema/schema.fbs and metadata_schema.fbs.
import { Builder, ByteBuffer } from 'flatbuffers';
import { floats, tables } from './tflite-write.mjs';

const NORMALIZATION_OPTIONS = 1;
const IMAGE_PROPERTIES = 2;
const RGB = 1;

/** ModelMetadata for one RGB image input normalised to [-1, 1] and two raw outputs. @returns {Uint8Array} */
function modelMetadata() {
	const b = new Builder(512);
	const mean = floats(b, [127.5]);
	const std = floats(b, [127.5]);
	b.startObject(2);
	b.addFieldOffset(0, mean, 0);
	b.addFieldOffset(1, std, 0);
	const normalization = b.endObject();
	b.startObject(2);
	b.addFieldInt8(0, NORMALIZATION_OPTIONS, 0);
	b.addFieldOffset(1, normalization, 0);
	const units = tables(b, [b.endObject()]);
	b.startObject(2);
	b.addFieldInt8(0, RGB, 0);
	const image = b.endObject();
	b.startObject(3);
	b.addFieldInt8(0, IMAGE_PROPERTIES, 0);
	b.addFieldOffset(1, image, 0);
	const content = b.endObject();
	const inputName = b.createString('image');
	b.startObject(7);
	b.addFieldOffset(0, inputName, 0);
	b.addFieldOffset(3, content, 0);
	b.addFieldOffset(4, units, 0);
	const inputs = tables(b, [b.endObject()]);
	const outputs = tables(
		b,
		['regressors', 'classificators'].map((name) => {
			const text = b.createString(name);
			b.startObject(7);
			b.addFieldOffset(0, text, 0);
			return b.endObject();
		})
	);
	b.startObject(4);
	b.addFieldOffset(2, inputs, 0);
	b.addFieldOffset(3, outputs, 0);
	const graphs = tables(b, [b.endObject()]);
	const name = b.createString('face_detection');
	b.startObject(8);
	b.addFieldOffset(0, name, 0);
	b.addFieldOffset(3, graphs, 0);
	b.finish(b.endObject(), 'M001');
	return b.asUint8Array();
}

/** @param {number} n */
const align16 = (n) => (n + 15) & ~15;

/**
 * @param {Uint8Array} old a .tflite file without metadata
 * @returns {Uint8Array} the same model with metadata
 */
export function addMetadata(old) {
	const source = new ByteBuffer(old);
	if (source.getBufferIdentifier() !== 'TFL3') throw new Error('detector: not a TFLite file');
	const root = source.readInt32(0);
	/** Absolute position in the old bytes of what field `index` points to, or 0. @param {number} index */
	const target = (index) => {
		const slot = source.__offset(root, 4 + 2 * index);
		return slot ? source.__indirect(root + slot) : 0;
	};
	const slotOfVersion = source.__offset(root, 4);
	const version = slotOfVersion ? source.readInt32(root + slotOfVersion) : 0;
	const [operatorCodes, subgraphs, buffers] = [target(1), target(2), target(4)];
	const count = source.readInt32(buffers);
	const metadata = modelMetadata();
	const key = new TextEncoder().encode('TFLITE_METADATA');

	// Layout of the front part, all little-endian; every offset below points forward.
	const vtable = 8; // 2 + 2 + 7 fields x 2 = 18 bytes
	const table = 28; // soffset, version, operator_codes, subgraphs, buffers, metadata
	const bufferVector = table + 24;
	const metadataVector = bufferVector + 4 + 4 * (count + 1);
	const metadataVtable = metadataVector + 8;
	const metadataTable = metadataVtable + 8;
	const keyString = metadataTable + 12;
	const bufferVtable = (keyString + 4 + key.length + 1 + 3) & ~3;
	const bufferTable = bufferVtable + 8;
	const bytes = align16(bufferTable + 8 + 4) - 4;
	const shift = align16(bytes + 4 + metadata.length);

	const out = new Uint8Array(shift + old.length);
	const view = new DataView(out.buffer);
	/** @param {number} at @param {number} to */
	const offset = (at, to) => view.setUint32(at, to - at, true);
	out.set(old, shift);
	offset(0, table);
	out.set(new TextEncoder().encode('TFL3'), 4);
	// fields: version, operator_codes, subgraphs, description, buffers, metadata_buffer, metadata
	[18, 24, 4, 8, 12, 0, 16, 0, 20].forEach((v, i) => view.setUint16(vtable + 2 * i, v, true));
	view.setInt32(table, table - vtable, true);
	view.setUint32(table + 4, version, true);
	offset(table + 8, shift + operatorCodes);
	offset(table + 12, shift + subgraphs);
	offset(table + 16, bufferVector);
	offset(table + 20, metadataVector);
	view.setUint32(bufferVector, count + 1, true);
	for (let i = 0; i < count; i++) {
		const at = buffers + 4 + 4 * i;
		offset(bufferVector + 4 + 4 * i, shift + at + source.readInt32(at));
	}
	offset(bufferVector + 4 + 4 * count, bufferTable);
	view.setUint32(metadataVector, 1, true);
	offset(metadataVector + 4, metadataTable);
	[8, 12, 4, 8].forEach((v, i) => view.setUint16(metadataVtable + 2 * i, v, true));
	view.setInt32(metadataTable, metadataTable - metadataVtable, true);
	offset(metadataTable + 4, keyString);
	view.setUint32(metadataTable + 8, count, true);
	view.setUint32(keyString, key.length, true);
	out.set(key, keyString + 4);
	[6, 8, 4].forEach((v, i) => view.setUint16(bufferVtable + 2 * i, v, true));
	view.setInt32(bufferTable, bufferTable - bufferVtable, true);
	offset(bufferTable + 4, bytes);
	view.setUint32(bytes, metadata.length, true);
	out.set(metadata, bytes + 4);
	return out;
}
