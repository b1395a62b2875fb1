// Looks at the guest's own picture. The picture never leaves this worker; only the embedding does.
import { expose, transfer } from 'comlink';
import { type FaceEngine, type FoundFace, loadFaceEngine } from '../faces/pipeline.ts';
import { pyramidOf } from '../photos/pyramid.ts';
import { type Selfie, judgeSelfie } from './judge.ts';
import { type Guidance, guidanceOf } from './guidance.ts';

let engine: Promise<FaceEngine> | null = null;
const ready = (): Promise<FaceEngine> => {
	engine ??= loadFaceEngine(
		self.crossOriginIsolated ? Math.min(2, navigator.hardwareConcurrency) : 1
	).catch((error: unknown) => {
		engine = null;
		throw error;
	});
	return engine;
};

const api = {
	/** Loads the models. @throws when they cannot be fetched */
	async warm(): Promise<void> {
		await ready();
	},
	/** What to tell the guest about the camera's picture at this moment. */
	async guide(image: ImageBitmap): Promise<Guidance> {
		try {
			const { detect } = await ready();
			return guidanceOf(detect(image), image.width, image.height);
		} finally {
			image.close();
		}
	},
	/** Embeds the one face of a picture, or says why it cannot. */
	async look(image: ImageBitmap): Promise<Selfie> {
		try {
			const loaded = await ready();
			const faces: FoundFace[] = await loaded.find(
				pyramidOf(image),
				Math.max(image.width, image.height)
			);
			const selfie = judgeSelfie(faces, loaded.model.id);
			return selfie.kind === 'face'
				? transfer(selfie, [selfie.embedding.buffer as ArrayBuffer])
				: selfie;
		} finally {
			image.close();
		}
	}
};

export type SelfieWorker = typeof api;
expose(api);
