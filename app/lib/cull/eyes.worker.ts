// Sees whether eyes are open, on the picture for screens. Its networks are loaded when it is first asked.
import { expose } from 'comlink';
import { eyeInput, eyesWith } from '#shared/faces/eyes.ts';
import { eyeModels } from '#shared/faces/models.ts';
import { turnOf } from '#shared/faces/quality.ts';
import type { Landmarks } from '#shared/faces/sidecar.ts';
import { Part } from '../device/parts.ts';
import { alignedFaces } from '../faces/aligned.ts';
import { loadNetwork } from '../faces/engine.ts';
import { pyramidOf } from '../photos/pyramid.ts';

/** Eyes closer together than that are too small to tell, pixels. */
const MIN_DISTANCE = 12;
/** Beyond that a face is in profile: one eye is seen, if at all. */
const MAX_TURN = 0.75;

const seeing = new Part(async () => {
	const [mesh, eyes] = await Promise.all([
		loadNetwork(eyeModels.mesh),
		loadNetwork(eyeModels.eyes)
	]);
	return eyesWith({ mesh, eyes });
});

const api = {
	/**
	 * @param address of a picture
	 * @param faces landmarks of its faces, fractions of the picture
	 * @returns how open their eyes are, each [0, 1]; null: that cannot be told
	 * @throws when the picture cannot be drawn, or the networks cannot be loaded
	 */
	async see(address: string, faces: Landmarks[]): Promise<(number | null)[]> {
		const see = await seeing.get();
		const image = await createImageBitmap(await (await fetch(address)).blob());
		try {
			const draw = alignedFaces(pyramidOf(image), eyeInput);
			const seen: (number | null)[] = [];
			for (const face of faces) {
				const landmarks = face.map((value, i) => value * (i % 2 ? image.height : image.width));
				const [rx = 0, ry = 0, lx = 0, ly = 0] = landmarks;
				const isSeen =
					Math.hypot(lx - rx, ly - ry) >= MIN_DISTANCE && turnOf(landmarks) <= MAX_TURN;
				seen.push(isSeen ? (await see([draw(landmarks)]))[0]! : null);
			}
			return seen;
		} finally {
			image.close();
		}
	}
};

export type EyesWorker = typeof api;
expose(api);
