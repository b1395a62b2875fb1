// Workers that copy chosen files: two for this device, so that one reads while the other compares, one for a second folder.
import { type Remote, proxy, wrap } from 'comlink';
import { Answering, PartMissing, unloadable } from '../../device/parts.ts';
import CopyWorkerUrl from './copy.worker.ts?worker';
import type { CopyResult, CopyWorker, HeadFacts, Whereabouts } from './copy.worker.ts';

/** All reject with PartMissing where the worker cannot be loaded. */
export interface Copiers {
	/** files that are copied onto this device at the same time */
	size: number;
	/** Hashes a file and copies it onto this device. @see copy.worker.ts */
	copy(
		person: string,
		file: File,
		whereIs: (sha256: string) => Promise<Whereabouts>
	): Promise<CopyResult>;
	/** Copies a file into a folder of the computer. @returns the name that it has there */
	second(
		file: File,
		folder: FileSystemDirectoryHandle,
		name: string,
		sha256: string | null
	): Promise<string>;
	/** Reads when a photo was taken, and by what. */
	facts(file: File): Promise<HeadFacts>;
	destroy(): void;
}

interface Hand {
	worker: Worker;
	remote: Remote<CopyWorker>;
	answering: Answering;
	/** what it has been given and not done */
	load: number;
}

const SIZE = 2;

export function createCopiers(): Copiers {
	const hands: Hand[] = [];
	let second: Hand | null = null;
	const make = (): Hand => {
		const worker = new CopyWorkerUrl();
		const answering = new Answering(unloadable(worker));
		return { worker, remote: wrap<CopyWorker>(worker), answering, load: 0 };
	};
	const least = (): Hand => {
		const free = hands.find(({ load }) => load === 0);
		if (free) return free;
		if (hands.length < SIZE) hands.push(make());
		return hands.reduce((a, b) => (b.load < a.load ? b : a));
	};
	const forget = (hand: Hand) => {
		hand.worker.terminate();
		const at = hands.indexOf(hand);
		if (at >= 0) hands.splice(at, 1);
		if (second === hand) second = null;
	};
	const use = async <T>(
		hand: Hand,
		work: (remote: Remote<CopyWorker>) => Promise<T>
	): Promise<T> => {
		hand.load++;
		try {
			return await hand.answering.ask(() => work(hand.remote));
		} catch (error) {
			// the next one may be loaded
			if (error instanceof PartMissing) forget(hand);
			throw error;
		} finally {
			hand.load--;
		}
	};
	return {
		size: SIZE,
		copy: (person, file, whereIs) =>
			use(least(), (remote) => remote.copy(person, file, proxy(whereIs)) as Promise<CopyResult>),
		second: (...given) => use((second ??= make()), (remote) => remote.second(...given)),
		facts: (file) => use(least(), (remote) => remote.facts(file)),
		destroy() {
			for (const hand of [...hands, second]) hand?.worker.terminate();
			hands.length = 0;
			second = null;
		}
	};
}
