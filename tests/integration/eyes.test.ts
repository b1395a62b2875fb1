// The networks that see eyes, made from MediaPipe's, on real faces.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { alignmentOf, drawAligned } from '#shared/faces/align.ts';
import { INPUT_SIDE, detectWith, placingOf } from '#shared/faces/blazeface.ts';
import { type SeeEyes, eyeInput, eyesWith } from '#shared/faces/eyes.ts';
import { type Model, eyeModels, portableDetector } from '#shared/faces/models.ts';
import type { Network } from '#shared/faces/network.ts';
import { openNetwork } from '../../server/features/faces/engine.ts';
import { root, samplePhoto } from '../support/paths.ts';

const open = async ({ file }: Model): Promise<Network> =>
	(await openNetwork(readFileSync(join(root, 'build/app', file)))).run;

/** How open the eyes are on a photo, faces from the left to the right. */
async function eyesOn(photo: 1 | 2 | 3 | 4 | 5 | 6, detect: Network, see: SeeEyes) {
	const { data, info } = await sharp(samplePhoto(photo))
		.removeAlpha()
		.raw()
		.toBuffer({ resolveWithObject: true });
	const pixels = { data: new Uint8Array(data), width: info.width, height: info.height };
	const placing = placingOf(info.width, info.height);
	const { scale, left, top } = placing;
	const small = drawAligned(pixels, { a: scale, b: 0, tx: left, ty: top }, INPUT_SIDE);
	const faces = await detectWith(detect, small, 4, placing);
	return see(
		faces
			.sort((one, other) => one.box.x - other.box.x)
			.map(({ landmarks }) => drawAligned(pixels, alignmentOf(landmarks, eyeInput), eyeInput.size))
	);
}

it('are told open from closed', async () => {
	const detect = await open(portableDetector);
	const see = eyesWith({ mesh: await open(eyeModels.mesh), eyes: await open(eyeModels.eyes) });
	// the one in the middle looks down
	const [left, down, right] = await eyesOn(1, detect, see);
	expect([left! > 0.9, down! < 0.1, right! > 0.9]).toEqual([true, true, true]);
	// one in profile, one with hair over an eye, and one whose eyes are closed
	const [, hidden, closed] = await eyesOn(2, detect, see);
	expect(closed).toBeLessThan(0.2);
	expect(hidden).toBeLessThan(0.8);
	for (const photo of [3, 6] as const)
		for (const open of await eyesOn(photo, detect, see)) expect(open).toBeGreaterThan(0.9);
});
