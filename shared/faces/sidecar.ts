// Face sidecar: what one model found in one photo, as one small binary file, little-endian:
// 'AFS1', uint8 length + model id, uint16 dimensions, uint16 faces, then for each face
// 4 box + 12 landmarks + score + quality + dimensions float32 values.
import { type Embedder, defaultEmbedder } from './models.ts';

/** Coordinates are fractions of the photo as shown: [0, 1]. */
export interface Box {
	x: number;
	y: number;
	width: number;
	height: number;
}

/** Right eye, left eye, nose tip, mouth, right ear, left ear (of the person), x and y each, [0, 1]. */
export type Landmarks = number[];

export interface Face {
	box: Box;
	landmarks: Landmarks;
	/** of the detector, [0, 1] */
	score: number;
	/** [0, 1]: size, sharpness and pose; what is kept with a low one is found, but not shown as an example */
	quality: number;
	embedding: Float32Array;
}

export interface Sidecar {
	model: string;
	faces: Face[];
}

export const LANDMARK_VALUES = 12;
const FIXED_VALUES = 4 + LANDMARK_VALUES + 2;
const MAGIC = 0x31534641; // 'AFS1'
/** More faces than any photo has. */
export const MAX_FACES = 2_000;
/** More numbers than any model gives. */
const MAX_DIMENSIONS = 4_096;

/** @returns the bytes of a sidecar. */
export function writeSidecar(sidecar: Sidecar, dimensions: number): Uint8Array<ArrayBuffer> {
	const model = new TextEncoder().encode(sidecar.model);
	const perFace = 4 * (FIXED_VALUES + dimensions);
	const bytes = new Uint8Array(4 + 1 + model.length + 4 + sidecar.faces.length * perFace);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, MAGIC, true);
	view.setUint8(4, model.length);
	bytes.set(model, 5);
	let at = 5 + model.length;
	view.setUint16(at, dimensions, true);
	view.setUint16(at + 2, sidecar.faces.length, true);
	at += 4;
	for (const { box, landmarks, score, quality, embedding } of sidecar.faces) {
		const values = [
			box.x,
			box.y,
			box.width,
			box.height,
			...landmarks,
			score,
			quality,
			...embedding
		];
		if (values.length !== FIXED_VALUES + dimensions)
			throw new Error('a face does not fit its sidecar');
		for (const value of values) {
			view.setFloat32(at, value, true);
			at += 4;
		}
	}
	return bytes;
}

/** @returns what is wrong with an embedding of this model, or null. */
export function embeddingFault(embedding: ArrayLike<number>, model: Embedder): string | null {
	if (embedding.length !== model.dimensions)
		return `An embedding of ${model.id} has ${model.dimensions} numbers, not ${embedding.length}.`;
	let sum = 0;
	for (let i = 0; i < embedding.length; i++) sum += embedding[i]! * embedding[i]!;
	const norm = Math.sqrt(sum);
	if (!Number.isFinite(norm)) return 'An embedding has only finite numbers.';
	if (norm < model.norm[0] || norm > model.norm[1])
		return `An embedding of ${model.id} has a norm from ${model.norm[0]} to ${model.norm[1]}.`;
	return null;
}

/** Numbers of each face's embedding. Without faces it does not matter, but readers of an earlier version know only one model. */
export const dimensionsOf = ({ faces }: Sidecar): number =>
	faces[0]?.embedding.length ?? defaultEmbedder.dimensions;

/**
 * Reads and checks a sidecar.
 * @param embedderOf the model of an id, or undefined when unknown; 'any' for what was checked when it came, and whose model may be
 * gone: norms are left out
 * @throws Error that says what is wrong: bytes, model, coordinates, numbers or norms
 */
export function readSidecar(
	bytes: Uint8Array,
	embedderOf: ((id: string) => Embedder | undefined) | 'any'
): Sidecar {
	const fail = (what: string): never => {
		throw new Error(`Damaged face sidecar: ${what}.`);
	};
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (bytes.length < 9 || view.getUint32(0, true) !== MAGIC) fail('not a sidecar');
	const start = 5 + view.getUint8(4);
	if (bytes.length < start + 4) fail('ends early');
	const id = new TextDecoder().decode(bytes.subarray(5, start));
	const model = embedderOf === 'any' ? null : (embedderOf(id) ?? fail('unknown model'));
	const dimensions = view.getUint16(start, true);
	const count = view.getUint16(start + 2, true);
	// one without faces may say that they have no dimensions
	if (model && count > 0 && dimensions !== model.dimensions) fail('wrong dimensions');
	if (dimensions > MAX_DIMENSIONS) fail('wrong dimensions');
	if (count > MAX_FACES) fail('too many faces');
	const perFace = FIXED_VALUES + dimensions;
	if (bytes.length !== start + 4 + count * perFace * 4) fail('wrong length');
	let at = start + 4;
	const next = () => {
		const value = view.getFloat32(at, true);
		at += 4;
		return value;
	};
	const faces = Array.from({ length: count }, (): Face => {
		const [x, y, width, height] = [next(), next(), next(), next()];
		const landmarks = Array.from({ length: LANDMARK_VALUES }, next);
		const [score, quality] = [next(), next()];
		const embedding = Float32Array.from({ length: dimensions }, next);
		const isInside = [x, y, x + width, y + height].every((value) => value >= -0.5 && value <= 1.5);
		if (!isInside || !(width > 0) || !(height > 0)) fail('a box outside of the photo');
		if (!landmarks.every((value) => value >= -1 && value <= 2))
			fail('a landmark outside of the photo');
		if (!(score >= 0 && score <= 1 && quality >= 0 && quality <= 1))
			fail('a score outside of 0 to 1');
		const fault = model ? embeddingFault(embedding, model) : null;
		if (fault) fail(fault);
		if (!embedding.every(Number.isFinite)) fail('an embedding that is no numbers');
		return { box: { x, y, width, height }, landmarks, score, quality, embedding };
	});
	return { model: id, faces };
}
