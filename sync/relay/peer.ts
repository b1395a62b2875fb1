import type { Author } from '../documents/authorise.ts';
import type { Budget } from './budget.ts';
import { type Dialect, closeCodes } from './protocol.ts';

/** One device's connection to one document. */
export interface Connection {
	author: Author;
	/** what others see of whoever is there */
	name: string;
	dialect: Dialect;
	/** the last refusal that the device has heard of; 0: none */
	refusalsSeen: number;
	/** it understands an answer in several pieces */
	takesPieces: boolean;
	send(frame: Uint8Array): void;
	close(code: number, reason: string): void;
	/** bytes that were sent and have not left yet */
	buffered(): number;
	/** called before one of its frames is read */
	onReading?(): void;
}

/** Bounds of what waits for one slow reader. */
export const backPressure = {
	/** bytes after which it gets no more edits one by one */
	high: 1024 ** 2,
	/** bytes below which it is brought up to date at once */
	low: 64 * 1024,
	/** ms until it is looked whether it has read: the first time, and at most, doubled from look to look */
	lookMs: [2, 250],
	/** ms after which it is dropped */
	patienceMs: 30_000
} as const;

/** What is done later: at the end of this turn of the event loop, and after some time. */
export interface Timing {
	soon(run: () => void): void;
	after(ms: number, run: () => void): void;
	/** ms, of a clock that only goes forward */
	now(): number;
}

const concat = (parts: Uint8Array[]): Uint8Array => {
	if (parts.length === 1) return parts[0]!;
	const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
};

/** How a room speaks to one connection: messages of one turn in one frame, and no more than it reads. */
export class Peer {
	#out: Uint8Array[] = [];
	#isFlushing = false;
	#isSlow = false;
	isGone = false;
	/** it is being given what it lacks: edits come with that */
	isCatchingUp = false;
	readonly #flushNow = () => this.flush();

	constructor(
		readonly connection: Connection,
		private readonly timing: Timing,
		/** of whoever it belongs to */
		private readonly budget: Budget,
		/** @returns sends everything since this moment */
		private readonly sinceNow: () => () => void
	) {}

	/** It holds receipts, and hears of edits before they are durable. */
	get isV2(): boolean {
		return this.connection.dialect === 'v2';
	}

	/** It has made work since a moment. Who makes more than there is for one is sent away. */
	worked(since: number): void {
		const now = this.timing.now();
		if (!this.budget.spend(now - since, now))
			this.close(closeCodes.tooMany, 'this device asks for too much at once');
	}

	/** Sends an answer or notice. */
	send(message: Uint8Array): void {
		if (this.isGone) return;
		if (this.connection.dialect !== 'v2') return this.connection.send(message);
		this.#out.push(message);
		if (this.#isFlushing) return;
		this.#isFlushing = true;
		this.timing.soon(this.#flushNow);
	}

	/** Sends an edit of somebody; a slow reader gets it together with all others once it has read what it was sent. */
	tell(message: Uint8Array): void {
		if (this.isGone || this.#isSlow || this.isCatchingUp) return;
		if (this.connection.buffered() > backPressure.high) return this.#waitUntilRead();
		this.send(message);
	}

	/** Sends something that may wait a moment for what goes out next: `flush` is called by then. */
	sendLater(message: Uint8Array): void {
		if (this.isGone) return;
		if (this.connection.dialect !== 'v2') return this.connection.send(message);
		this.#out.push(message);
	}

	close(code: number, reason: string): void {
		if (this.isGone) return;
		this.flush();
		this.isGone = true;
		this.connection.close(code, reason);
	}

	flush(): void {
		this.#isFlushing = false;
		const out = this.#out;
		if (this.isGone || out.length === 0) return;
		this.#out = [];
		this.connection.send(concat(out));
	}

	#waitUntilRead(): void {
		this.#isSlow = true;
		const rest = this.sinceNow();
		this.whenRead(() => {
			this.#isSlow = false;
			rest();
		});
	}

	/**
	 * Runs, in a later turn, once little of what it was sent still waits for its network.
	 * @param patience ms after which it is dropped
	 */
	whenRead(run: () => void, patience: number = backPressure.patienceMs): void {
		const [first, most] = backPressure.lookMs;
		const look = (waited: number, ms: number) => {
			if (this.isGone) return;
			if (this.connection.buffered() <= backPressure.low) return run();
			if (waited > patience) return this.close(closeCodes.tooMany, 'this device reads too slowly');
			// soon at first: a fast network has taken it when the main thread has
			this.timing.after(ms, () => look(waited + ms, Math.min(2 * ms, most)));
		};
		this.timing.after(0, () => look(0, first));
	}
}
