// Tries models, and makes embeddings of faces that were found before.
import { readFile } from 'node:fs/promises';
import { alignmentOf, drawAligned } from '#shared/faces/align.ts';
import { type Embed, embedWith } from '#shared/faces/embed.ts';
import type { NewFaceModel } from '#shared/faces/manifest.ts';
import type { Embedder } from '#shared/faces/models.ts';
import type { Landmarks } from '#shared/faces/sidecar.ts';
import { MAX_PIXELS } from '#shared/photos/limits.ts';
import { readPixels } from '../renditions/make.ts';
import { type OpenNetwork, openNetwork } from './engine.ts';
import { type Tried, tryModel } from './try-model.ts';

export type EmbedRequest =
	| { kind: 'try'; file: string; manifest: NewFaceModel }
	| { kind: 'embed'; file: string; model: Embedder; picture: Uint8Array; faces: Landmarks[] };
/** null: the picture cannot be read */
export type EmbedAnswer = Tried | { embeddings: Float32Array[] } | null;

/** The longest side at which a photo is read, pixels: as devices do. */
const SIDE = 3_000;

export function createEmbedder(): (request: EmbedRequest) => Promise<EmbedAnswer> {
	/** the model that was used last */
	let held: { id: string; embed: Embed; network: OpenNetwork } | null = null;
	const open = async (file: string, model: Embedder): Promise<Embed> => {
		if (held?.id !== model.id) {
			await held?.network.close();
			held = null;
			const network = await openNetwork(await readFile(file));
			held = { id: model.id, network, embed: embedWith(network.run, model) };
		}
		return held.embed;
	};
	return async (request) => {
		if (request.kind === 'try') {
			let network: OpenNetwork;
			try {
				network = await openNetwork(await readFile(request.file));
			} catch (error) {
				return { fault: `It cannot be opened as an ONNX model: ${(error as Error).message}` };
			}
			try {
				return await tryModel(network, request.manifest);
			} finally {
				await network.close();
			}
		}
		const { model, file } = request;
		const embed = await open(file, model);
		const picture = await readPixels(request.picture, SIDE, MAX_PIXELS).catch(() => null);
		if (!picture) return null;
		const { width, height } = picture;
		const pixels = (landmarks: Landmarks) =>
			landmarks.map((value, at) => value * (at % 2 ? height : width));
		const squares = request.faces.map((face) =>
			drawAligned(picture, alignmentOf(pixels(face), model), model.size)
		);
		return { embeddings: await embed(squares) };
	};
}
