// Looks at the guest's own picture. The picture never leaves this worker; only the embedding does.
import { expose, transfer } from 'comlink';
import { type FaceEngine, loadPortableFaceEngine } from '../faces/pipeline.ts';
import { type Embedder, defaultEmbedder } from '#shared/faces/models.ts';
import { keepOnly } from '../faces/keep.ts';
import { pyramidOf } from '../photos/pyramid.ts';
import { type Selfie, joinSelfies, judgeSelfie } from './judge.ts';
import { guestFiles } from './cost.ts';
import { type Guidance, guidanceOf } from './guidance.ts';
import { Liveness } from './liveness.ts';

/** After so long no further picture is looked at, ms. */
const PATIENCE_MS = 700;

const liveness = new Liveness(Math.random);
let engine: Promise<FaceEngine> | null = null;
let model = defaultEmbedder;
const ready = (): Promise<FaceEngine> => {
	engine ??= loadPortableFaceEngine(
		model,
		self.crossOriginIsolated ? Math.min(2, navigator.hardwareConcurrency) : 1
	).catch((error: unknown) => {
		engine = null;
		throw error;
	});
	return engine;
};

const api = {
	/** Loads the models. @param given what faces are compared by @throws when they cannot be fetched */
	async warm(given: Embedder): Promise<void> {
		if (given.id !== model.id) engine = null;
		model = given;
		await ready();
		await keepOnly(guestFiles(model)).catch(() => undefined);
	},
	/**
	 * What to tell the guest about the camera's picture at this moment.
	 * @param turns whether they have to turn their head before it is good
	 */
	async guide(image: ImageBitmap, turns: boolean): Promise<Guidance> {
		try {
			const { detect } = await ready();
			const found = await detect(image);
			const { width, height } = image;
			return turns
				? liveness.see(found, width, height, performance.now())
				: guidanceOf(found, width, height);
		} finally {
			image.close();
		}
	},
	/** Embeds the one face of some pictures of one moment, or says why it cannot. */
	async look(images: ImageBitmap[]): Promise<Selfie> {
		try {
			const loaded = await ready();
			const began = performance.now();
			const selfies: Selfie[] = [];
			for (const image of images) {
				// on a slow phone one look must do
				if (performance.now() - began > PATIENCE_MS) break;
				const faces = await loaded.find(pyramidOf(image), Math.max(image.width, image.height));
				selfies.push(judgeSelfie(faces, loaded.model.id));
			}
			const selfie = joinSelfies(selfies, loaded.model);
			return selfie.kind === 'face'
				? transfer(selfie, [selfie.embedding.buffer as ArrayBuffer])
				: selfie;
		} finally {
			for (const image of images) image.close();
		}
	}
};

export type SelfieWorker = typeof api;
expose(api);
