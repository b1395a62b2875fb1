/** Connections at a time in one process. */
const PLACES = 65_536;
/** int32 in front of the places' own: the pulse, the seat that is being heard, and what came over all */
const HEAD = 3;
const [PULSE, HEARD, ALL] = [0, 1, 2];
const PER_PLACE = 3;
/** What a frame counts beyond its bytes. */
const FRAME = 256;

/**
 * What both threads know at any moment, without a message: how much of each connection is on its way in either direction,
 * and whether the relay's thread lives. Counters are bytes, below 2^31.
 */
export class Flow {
	readonly memory: SharedArrayBuffer;
	#cells: Int32Array;
	#free: number[] = [];
	#used = 0;

	constructor(memory = new SharedArrayBuffer((HEAD + PLACES * PER_PLACE) * 4)) {
		this.memory = memory;
		this.#cells = new Int32Array(memory);
	}

	/** @returns a place whose counters are zero; null: there are too many connections */
	take(): number | null {
		const place = this.#free.pop() ?? (this.#used < PLACES ? this.#used++ : null);
		if (place === null) return null;
		this.#cells.fill(0, this.#at(place), this.#at(place + 1));
		return place;
	}

	/** Nobody counts for it any more. */
	free(place: number): void {
		this.#free.push(place);
	}

	#at(place: number): number {
		return HEAD + place * PER_PLACE;
	}

	/** A frame came from a device. */
	came(place: number, frame: Uint8Array): void {
		Atomics.add(this.#cells, this.#at(place), frame.length + FRAME);
		Atomics.add(this.#cells, ALL, frame.length + FRAME);
	}

	/** The relay has taken it. */
	taken(place: number, frame: Uint8Array): void {
		Atomics.sub(this.#cells, this.#at(place), frame.length + FRAME);
		Atomics.sub(this.#cells, ALL, frame.length + FRAME);
	}

	/** What came from a device and was not taken yet. */
	waits(place: number): number {
		return Atomics.load(this.#cells, this.#at(place));
	}

	/** What came from all devices and was not taken yet. */
	get allWait(): number {
		return Atomics.load(this.#cells, ALL);
	}

	/** What the relay sent and the main thread did not pass on yet. */
	outgoing(place: number, more: number): void {
		Atomics.add(this.#cells, this.#at(place) + 1, more);
	}

	/** What the main thread has passed on and the network did not take yet. */
	setBuffered(place: number, bytes: number): void {
		Atomics.store(this.#cells, this.#at(place) + 2, Math.min(bytes, 2 ** 31 - 1));
	}

	/** What was sent to a device and has not left yet. */
	buffered(place: number): number {
		const at = this.#at(place);
		return Atomics.load(this.#cells, at + 1) + Atomics.load(this.#cells, at + 2);
	}

	/** The relay's thread is alive, and is not held up by what it heard last. */
	beat(): void {
		Atomics.add(this.#cells, PULSE, 1);
		Atomics.store(this.#cells, HEARD, 0);
	}

	get pulse(): number {
		return Atomics.load(this.#cells, PULSE);
	}

	/** It begins to read what a seat sent. */
	hear(seat: number): void {
		Atomics.store(this.#cells, HEARD, seat);
	}

	/** The seat whose frame was read last since the last beat; 0: none. */
	get heard(): number {
		return Atomics.load(this.#cells, HEARD);
	}
}
