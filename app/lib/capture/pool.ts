import { type Remote, wrap } from 'comlink';
import { isGraphicsLost } from '../device/graphics.ts';
import { Answering, unloadable } from '../device/parts.ts';
import type { Copied, Developed, Looked, PhotoWorker } from '../photos/photo.worker.ts';
import type { Embedder } from '#shared/faces/models.ts';

/** Workers that develop photos, several at once. */
export interface WorkerPool {
	/** photos that are developed at the same time */
	size: number;
	/**
	 * @param model what faces are found with; null: none are looked for
	 * @param onLooked told what is known before faces are looked for
	 * @throws PartMissing where what develops them cannot be loaded; Error where it hangs on this photo, twice, or
	 * GraphicsLost
	 */
	develop(
		person: string,
		workspace: string,
		photo: Copied,
		model: Embedder | null,
		onLooked: (looked: Looked) => void
	): Promise<Developed>;
	/** Loads models in all workers, in one first: what cannot be loaded is not asked for by all. @returns whether they are here */
	warm(model: Embedder): Promise<boolean>;
	destroy(): void;
}

interface Hand {
	worker: Worker;
	remote: Remote<PhotoWorker>;
	/** rejects when it cannot be loaded, or hangs: what it was asked is never answered then */
	over: Promise<never>;
	answering: Answering;
	/** it hangs */
	letGo(): void;
	busy: boolean;
}

const PATIENCE_MS = 120_000;
/** How often graphics may be lost over one photo: a browser gives up a card that fails three times. */
const LOSSES = 4;

class TooLong extends Error {
	override readonly name = 'TooLong';
	constructor() {
		super('This photo took too long.');
	}
}

function makeHand(worker: Worker): Hand {
	let letGo!: Hand['letGo'];
	const hangs = new Promise<never>((_, reject) => {
		letGo = () => reject(new TooLong());
	});
	const over = Promise.race([unloadable(worker), hangs]);
	// nobody may be waiting
	over.catch(() => undefined);
	const answering = new Answering(over);
	return { worker, remote: wrap<PhotoWorker>(worker), over, answering, letGo, busy: false };
}

/**
 * @param makeWorker one that runs photo.worker
 * @param size workers that develop
 * @param patience after how many milliseconds a photo is said to hang its worker, which is replaced
 */
export function createWorkerPool(
	makeWorker: () => Worker,
	size: number,
	patience = PATIENCE_MS
): WorkerPool {
	const hands = new Set<Hand>();
	const drop = (hand: Hand): void => {
		hand.worker.terminate();
		hands.delete(hand);
	};
	const make = (): Hand => {
		const hand = makeHand(makeWorker());
		hands.add(hand);
		hand.over.catch(() => drop(hand));
		return hand;
	};
	const developOnce: WorkerPool['develop'] = async (person, workspace, photo, model, onLooked) => {
		const hand = [...hands].find(({ busy }) => !busy) ?? make();
		hand.busy = true;
		const timer = setTimeout(hand.letGo, patience);
		const work = async () => {
			onLooked(await hand.remote.look(person, workspace, photo));
			return hand.remote.develop(model) as Promise<Developed>;
		};
		try {
			return await hand.answering.ask(work);
		} catch (error) {
			// another one draws anew
			if (isGraphicsLost(error)) drop(hand);
			throw error;
		} finally {
			clearTimeout(timer);
			hand.busy = false;
		}
	};
	return {
		size,
		async develop(...photo) {
			let hasHung = false;
			for (let losses = 0; ;) {
				try {
					return await developOnce(...photo);
				} catch (error) {
					const isLoss = isGraphicsLost(error) && ++losses < LOSSES;
					// it may have been the worker, and not the photo
					const isFirstHang: boolean = error instanceof TooLong && !hasHung;
					if (!isLoss && !isFirstHang) throw error;
					hasHung ||= isFirstHang;
					console.error(error);
				}
			}
		},
		async warm(model) {
			while (hands.size < size) make();
			const warmOne = (hand: Hand) =>
				hand.answering.ask(() => hand.remote.warm(model)).catch(() => false);
			const [first, ...others] = hands;
			if (!(await warmOne(first!))) return false;
			return (await Promise.all(others.map(warmOne))).every(Boolean);
		},
		destroy() {
			for (const { worker } of hands) worker.terminate();
			hands.clear();
		}
	};
}
