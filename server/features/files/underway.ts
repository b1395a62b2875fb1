// Requests that bring pieces. A network that went away does not always say so: when a sender offers again, what is still
// open from it will never end by itself, and is cut here, so that its bytes are kept and counted.

export interface Underway {
	/** Reads a body until its end, or until its sender is heard of anew. */
	run<T>(
		sender: string,
		body: AsyncIterable<Uint8Array>,
		read: (body: AsyncIterable<Uint8Array>) => Promise<T>
	): Promise<T>;
	/** @returns when everything that had arrived from a sender is kept */
	cut(sender: string): Promise<void>;
}

interface Request {
	stop(): void;
	done: Promise<unknown>;
}

export function createUnderway(): Underway {
	const requests = new Map<string, Set<Request>>();
	return {
		async run(sender, body, read) {
			const over = { done: true as const, value: undefined };
			let isStopped = false;
			// one at a time: a race with a promise that outlives it would hold on to each part
			let wake: (end: typeof over) => void = () => {};
			const stop = () => {
				isStopped = true;
				wake(over);
			};
			const parts = body[Symbol.asyncIterator]();
			const until: AsyncIterable<Uint8Array> = {
				[Symbol.asyncIterator]: () => ({
					next: () =>
						new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
							wake = resolve;
							if (isStopped) resolve(over);
							else parts.next().then(resolve, reject);
						}),
					// the rest of the request is not wanted, and nobody waits for it
					return: () => {
						void parts.return?.().catch(() => undefined);
						return Promise.resolve(over);
					}
				})
			};
			const done = read(until);
			const request: Request = { stop, done: done.catch(() => undefined) };
			const mine = requests.get(sender) ?? new Set();
			requests.set(sender, mine.add(request));
			try {
				return await done;
			} finally {
				mine.delete(request);
				if (mine.size === 0) requests.delete(sender);
			}
		},
		async cut(sender) {
			const open = [...(requests.get(sender) ?? [])];
			for (const { stop } of open) stop();
			await Promise.all(open.map(({ done }) => done));
		}
	};
}
