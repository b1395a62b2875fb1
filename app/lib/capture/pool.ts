import { type Remote, wrap } from 'comlink';
import { PartMissing, unloadable } from '../device/parts.ts';
import PhotoWorkerUrl from '../photos/photo.worker.ts?worker';
import type { Developed, Looked, PhotoWorker } from '../photos/photo.worker.ts';
import type { Embedder } from '#shared/faces/models.ts';
import type { PhotoType } from '#shared/photos/format.ts';

/** Workers that develop photos, several at once. */
export interface WorkerPool {
	/** photos that are developed at the same time */
	size: number;
	/**
	 * @param model what faces are found with; null: none are looked for
	 * @param onLooked told what is known before faces are looked for
	 * @throws PartMissing
	 */
	develop(
		person: string,
		workspace: string,
		photo: { sha256: string; type: PhotoType },
		model: Embedder | null,
		onLooked: (looked: Looked) => void
	): Promise<Developed>;
	/** Loads models in all workers. */
	warm(model: Embedder): void;
	destroy(): void;
}

interface Hand {
	worker: Worker;
	remote: Remote<PhotoWorker>;
	missing: Promise<never>;
	busy: boolean;
}

/** A photo that takes longer than this hangs its worker, which is replaced. */
const PATIENCE_MS = 120_000;

const makeHand = (): Hand => {
	const worker = new PhotoWorkerUrl();
	return { worker, remote: wrap<PhotoWorker>(worker), missing: unloadable(worker), busy: false };
};

/**
 * @param size workers that develop: one more than cores, for each waits a fifth of its time for the browser's own
 * decoder
 */
export function createWorkerPool(
	size = Math.min(4, navigator.hardwareConcurrency + 1)
): WorkerPool {
	const hands: Hand[] = [];
	const take = (): Hand => {
		const free = hands.find(({ busy }) => !busy);
		if (free) return free;
		const hand = makeHand();
		hands.push(hand);
		return hand;
	};
	return {
		size,
		async develop(person, workspace, { sha256, type }, model, onLooked) {
			const hand = take();
			hand.busy = true;
			const letGo = () => {
				hand.worker.terminate();
				const at = hands.indexOf(hand);
				if (at >= 0) hands.splice(at, 1);
			};
			let timer: ReturnType<typeof setTimeout> | undefined;
			const tooLong = new Promise<never>((_, reject) => {
				timer = setTimeout(() => {
					letGo();
					reject(new Error('This photo took too long.'));
				}, PATIENCE_MS);
			});
			const work = async () => {
				onLooked(await hand.remote.look(person, workspace, sha256, type));
				return hand.remote.develop(model) as Promise<Developed>;
			};
			try {
				return await Promise.race([work(), tooLong, hand.missing]);
			} catch (error) {
				if (error instanceof PartMissing) letGo();
				throw error;
			} finally {
				clearTimeout(timer);
				hand.busy = false;
			}
		},
		warm(model) {
			for (let i = 0; i < size; i++) {
				const hand = hands[i] ?? makeHand();
				hands[i] = hand;
				hand.remote.warm(model).catch(() => undefined);
				hand.missing.catch(() => {
					if (hands[i] === hand && !hand.busy) hands.splice(i, 1);
				});
			}
		},
		destroy() {
			for (const { worker } of hands) worker.terminate();
			hands.length = 0;
		}
	};
}
