// Looks at a guest's own picture where the guest chose not to do so on their phone. Neither the picture nor what it is turned
// into is written anywhere.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { alignmentOf, drawAligned } from '#shared/faces/align.ts';
import { INPUT_SIDE, detectWith, placingOf } from '#shared/faces/blazeface.ts';
import { embedWith } from '#shared/faces/embed.ts';
import { type Unclear, isTooDark, largestFace } from '#shared/faces/judge.ts';
import type { Network } from '#shared/faces/network.ts';
import { type Embedder, portableDetector } from '#shared/faces/models.ts';
import { brightnessOf } from '#shared/faces/quality.ts';
import { readPixels } from '../renditions/make.ts';
import { type OpenNetwork, openNetwork } from './engine.ts';

/** A guest's picture, and what its face is to be compared by. */
export interface Look {
	picture: Uint8Array;
	model: Embedder;
	/** of the model */
	file: string;
}

export type Looked =
	{ kind: 'face'; embedding: Float32Array } | { kind: Unclear | 'not_a_picture' };

/** The longest side that is looked at; phones send less. */
const SIDE = 640;
/** Models that are held: studios of an installation mostly use the same. */
const HELD = 2;
/** A picture of a few kilobytes that is larger when it is decoded is no picture of a face. */
const MAX_PIXELS = 4_000_000;

/** @param appDir the built application, where the models are */
export function createLooker(appDir: string): (look: Look) => Promise<Looked> {
	const open = async (file: string) => openNetwork(await readFile(file));
	let detector: Network | null = null;
	/** by model, the one that was used last at the end */
	const embedders = new Map<string, OpenNetwork>();
	const embedderOf = async ({ model, file }: Look): Promise<Network> => {
		const network = embedders.get(model.id) ?? (await open(file));
		embedders.delete(model.id);
		embedders.set(model.id, network);
		const [oldest] = embedders;
		if (oldest && embedders.size > HELD) {
			embedders.delete(oldest[0]);
			await oldest[1].close();
		}
		return network.run;
	};
	return async (look) => {
		const { model } = look;
		detector ??= (await open(join(appDir, portableDetector.file))).run;
		const embedder = await embedderOf(look);
		const picture = await readPixels(look.picture, SIDE, MAX_PIXELS).catch(() => null);
		if (!picture) return { kind: 'not_a_picture' };
		const placing = placingOf(picture.width, picture.height);
		const small = drawAligned(
			picture,
			{ a: placing.scale, b: 0, tx: placing.left, ty: placing.top },
			INPUT_SIDE
		);
		const face = largestFace(await detectWith(detector, small, 4, placing));
		if (typeof face === 'string') return { kind: face };
		const aligned = drawAligned(picture, alignmentOf(face.landmarks, model), model.size);
		if (isTooDark(brightnessOf(aligned))) return { kind: 'dark' };
		const [embedding] = await embedWith(embedder, model)([aligned]);
		return { kind: 'face', embedding: embedding! };
	};
}
