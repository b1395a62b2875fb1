// Looks at a guest's own picture where the guest chose not to do so on their phone. Neither the picture nor what it is turned
// into is written anywhere.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { alignmentOf, drawAligned } from '#shared/faces/align.ts';
import { INPUT_SIDE, detectWith, placingOf } from '#shared/faces/blazeface.ts';
import { embedWith } from '#shared/faces/embed.ts';
import { type Unclear, isTooDark, largestFace } from '#shared/faces/judge.ts';
import { defaultEmbedder, portableDetector } from '#shared/faces/models.ts';
import { brightnessOf } from '#shared/faces/quality.ts';
import { readPixels } from '../renditions/make.ts';
import { openNetwork } from './engine.ts';

export type Looked =
	{ kind: 'face'; embedding: Float32Array } | { kind: Unclear | 'not_a_picture' };

/** The longest side that is looked at; phones send less. */
const SIDE = 640;
/** A picture of a few kilobytes that is larger when it is decoded is no picture of a face. */
const MAX_PIXELS = 4_000_000;

/** @param appDir the built application, where the models are */
export function createLooker(appDir: string): (picture: Uint8Array) => Promise<Looked> {
	const open = async (file: string) => openNetwork(await readFile(join(appDir, file)));
	const model = defaultEmbedder;
	const load = () => Promise.all([open(portableDetector.file), open(model.file)]);
	let loading: ReturnType<typeof load> | null = null;
	return async (bytes) => {
		loading ??= load().catch((error: unknown) => {
			loading = null;
			throw error;
		});
		const [detector, embedder] = await loading;
		const picture = await readPixels(bytes, SIDE, MAX_PIXELS).catch(() => null);
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
