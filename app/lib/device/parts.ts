// Parts of the application that are loaded when they are first needed: the network may be gone by then.

/** Such a part could not be loaded. */
export class PartMissing extends Error {
	override readonly name = 'PartMissing';
	constructor() {
		super('A part of the application could not be loaded.');
	}
}

/** @returns rejects with PartMissing when a worker cannot be loaded: what it is asked is never answered then */
export function unloadable(worker: EventTarget): Promise<never> {
	const missing = new Promise<never>((_, reject) =>
		worker.addEventListener('error', (event) => {
			// what goes wrong later, in a worker that runs, has words
			if (!(event as ErrorEvent).message) reject(new PartMissing());
		})
	);
	// nobody may be waiting
	missing.catch(() => undefined);
	return missing;
}

/** Somebody who may end while being asked, and then never answers. */
export class Answering {
	#end: { error: unknown } | null = null;
	// a race with a promise that lives as long as a worker would hold on to every answer
	readonly #waiting = new Set<(error: unknown) => void>();

	/** @param over rejects when they have ended */
	constructor(over: Promise<never>) {
		over.catch((error: unknown) => {
			this.#end = { error };
			for (const fail of this.#waiting) fail(error);
		});
	}

	/** @throws what they ended with; else what `work` throws */
	ask<T>(work: () => Promise<T>): Promise<T> {
		return new Promise<T>((resolve, reject) => {
			if (this.#end) return reject(this.#end.error as Error);
			this.#waiting.add(reject);
			work()
				.then(resolve, reject)
				.finally(() => this.#waiting.delete(reject));
		});
	}
}

/** A part that is loaded when it is first asked for. Where that fails it is tried again the next time: there may be a network then. */
export class Part<T> {
	#loading: Promise<T> | null = null;

	constructor(private readonly load: () => Promise<T>) {}

	get(): Promise<T> {
		this.#loading ??= this.load().catch((error: unknown) => {
			this.#loading = null;
			throw error;
		});
		return this.#loading;
	}

	get isAskedFor(): boolean {
		return this.#loading !== null;
	}

	/** Does something with it, where somebody asked for it. */
	ifLoaded(use: (part: T) => void): void {
		// who asked for it has heard of a failure
		void this.#loading?.then(use, () => undefined);
	}
}
