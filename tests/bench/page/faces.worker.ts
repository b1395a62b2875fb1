// The application's own face code, called directly.
import { expose } from 'comlink';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { embedWith } from '#shared/faces/embed.ts';
import { type Where, loadNetwork } from '../../../app/lib/faces/engine.ts';
import { type FaceEngine, loadFaceEngine } from '../../../app/lib/faces/pipeline.ts';
import { decodePhoto } from '../../../app/lib/photos/decode.ts';
import { pyramidOf } from '../../../app/lib/photos/pyramid.ts';
import { writeSidecar } from '#shared/faces/sidecar.ts';
import { readDimensions } from '#shared/photos/dimensions.ts';

/** As large as the import looks at. */
const SIDE = 3000;

let engine: Promise<FaceEngine> | null = null;

const api = {
	/** Faces of a JPEG, boxes as fractions of the photo. */
	async faces(bytes: Uint8Array<ArrayBuffer>) {
		engine ??= loadFaceEngine(defaultEmbedder);
		const stored = readDimensions(bytes, 'image/jpeg');
		const decoded = await decodePhoto(bytes, 'image/jpeg', stored, 1, SIDE);
		const faces = await (
			await engine
		).find(pyramidOf(decoded.image), Math.max(decoded.width, decoded.height));
		return faces.map(({ box, score, quality, embedding }) => ({
			box,
			score,
			quality,
			embedding: [...embedding]
		}));
	},
	/** A JPEG to the bytes of its sidecar, as at the import. */
	async index(bytes: Uint8Array<ArrayBuffer>): Promise<{ ms: number; faces: number }> {
		engine ??= loadFaceEngine(defaultEmbedder);
		const { model, find } = await engine;
		const start = performance.now();
		const stored = readDimensions(bytes, 'image/jpeg');
		const decoded = await decodePhoto(bytes, 'image/jpeg', stored, 1, SIDE);
		const faces = await find(pyramidOf(decoded.image), Math.max(decoded.width, decoded.height));
		writeSidecar({ model: model.id, faces }, model.dimensions);
		return { ms: performance.now() - start, faces: faces.length };
	},
	/** Milliseconds for one face, over and over. */
	async embed(where: Where, runs: number): Promise<number[]> {
		const embed = embedWith(await loadNetwork(defaultEmbedder, 1, where), defaultEmbedder);
		const pixels = new Uint8ClampedArray(defaultEmbedder.size ** 2 * 4).map(
			(_, i) => (i * 7919) % 251
		);
		const times: number[] = [];
		for (let i = 0; i < runs + 5; i++) {
			const start = performance.now();
			await embed([pixels]);
			if (i >= 5) times.push(performance.now() - start);
		}
		return times;
	}
};
export type FacesWorker = typeof api;
expose(api);
