// Rings where files are sent when something new waits, in whichever tab of this person that is.

export interface Bell {
	/** Something new waits, or may be sent now. */
	ring(): void;
	/** @returns stops listening */
	listen(listener: () => void): () => void;
	/** Waits until it rings or the time is over; not at all where it rang since the last pause was over. */
	pause(ms: number): Promise<void>;
	close(): void;
}

export type BellChannel = Pick<BroadcastChannel, 'postMessage' | 'onmessage' | 'close'>;

/** @param channel between all tabs of this person */
export function createBell(channel: BellChannel): Bell {
	const listeners = new Set<() => void>();
	let hasRung = false;
	let isClosed = false;
	const rung = () => {
		hasRung = true;
		for (const listener of [...listeners]) listener();
	};
	const listen = (listener: () => void) => {
		listeners.add(listener);
		return () => void listeners.delete(listener);
	};
	channel.onmessage = rung;
	return {
		ring() {
			rung();
			if (!isClosed) channel.postMessage(null);
		},
		listen,
		async pause(ms) {
			if (!hasRung)
				await new Promise<void>((resolve) => {
					const over = () => {
						clearTimeout(timer);
						stop();
						resolve();
					};
					const timer = setTimeout(over, ms);
					const stop = listen(over);
				});
			hasRung = false;
		},
		close() {
			isClosed = true;
			channel.close();
		}
	};
}
