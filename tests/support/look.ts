// What the server sees on pictures, without a server: the code and the networks that devices use too.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { alignmentOf, drawAligned } from '#shared/faces/align.ts';
import { INPUT_SIDE, detectWith, placingOf } from '#shared/faces/blazeface.ts';
import { embedWith } from '#shared/faces/embed.ts';
import { defaultEmbedder, portableDetector } from '#shared/faces/models.ts';
import type { Face } from '#shared/faces/sidecar.ts';
import { openNetwork } from '../../server/features/faces/engine.ts';
import { createLooker } from '../../server/features/faces/looker.ts';
import { readPixels } from '../../server/features/renditions/make.ts';
import { root } from './paths.ts';

const files = join(root, 'static');
const look = createLooker(files);

/** A guest's picture. */
export const lookAt = (picture: Uint8Array) =>
	look({ picture, model: defaultEmbedder, file: join(files, defaultEmbedder.file) });

/** Faces of a photo, as a device writes them into a sidecar. */
export async function findFacesOn(photo: Uint8Array): Promise<Face[]> {
	const open = async (file: string) => (await openNetwork(await readFile(join(files, file)))).run;
	const picture = await readPixels(photo, 3_000, 1e8);
	const { width, height } = picture;
	const placing = placingOf(width, height);
	const moved = { a: placing.scale, b: 0, tx: placing.left, ty: placing.top };
	const found = await detectWith(
		await open(portableDetector.file),
		drawAligned(picture, moved, INPUT_SIDE),
		4,
		placing
	);
	const embeddings = await embedWith(
		await open(defaultEmbedder.file),
		defaultEmbedder
	)(
		found.map(({ landmarks }) =>
			drawAligned(picture, alignmentOf(landmarks, defaultEmbedder), defaultEmbedder.size)
		)
	);
	return found.map(({ box, landmarks, score }, at) => ({
		box: {
			x: box.x / width,
			y: box.y / height,
			width: box.width / width,
			height: box.height / height
		},
		landmarks: landmarks.map((value, i) => value / (i % 2 ? height : width)),
		score: Math.min(1, score),
		quality: 0.8,
		embedding: embeddings[at]!
	}));
}
