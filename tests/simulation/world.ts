// A seeded world for the sync code: one heap of events, a clock, a network that cuts and repeats, disks that lose
// what was not synced. Everything that happens follows from the seed.

/** Numbers from a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
	let a = seed >>> 0;
	return () => {
		a = (a + 0x6d2b79f5) | 0;
		let t = Math.imul(a ^ (a >>> 15), 1 | a);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
	};
}

interface Event {
	at: number;
	order: number;
	run: () => void;
}

export class World {
	now = 0;
	readonly random: () => number;
	#events: Event[] = [];
	#order = 0;
	/** what happened, for comparing two runs of a seed */
	readonly trace: string[] = [];
	/** what went wrong that nothing was told of */
	readonly failures: unknown[] = [];

	constructor(readonly seed: number) {
		this.random = seededRandom(seed);
	}

	/** Writes down what happens. */
	note(what: string): void {
		this.trace.push(`${this.now.toFixed(3)} ${what}`);
	}

	/** A whole number from 0 to `below` - 1. */
	int(below: number): number {
		return Math.floor(this.random() * below);
	}

	chance(probability: number): boolean {
		return this.random() < probability;
	}

	pick<Item>(items: readonly Item[]): Item {
		return items[this.int(items.length)]!;
	}

	after(ms: number, run: () => void): void {
		const event = { at: this.now + ms, order: this.#order++, run };
		let low = 0;
		let high = this.#events.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			const other = this.#events[middle]!;
			if (other.at < event.at || (other.at === event.at && other.order < event.order))
				low = middle + 1;
			else high = middle;
		}
		this.#events.splice(low, 0, event);
	}

	sleep(ms: number): Promise<void> {
		return new Promise((resolve) => this.after(ms, resolve));
	}

	/** Runs everything that is due within `ms`, promises included. */
	async run(ms: number): Promise<void> {
		const end = this.now + ms;
		for (;;) {
			const next = this.#events[0];
			if (!next || next.at > end) break;
			this.#events.shift();
			this.now = next.at;
			next.run();
			// let promises that this event settled go on before the next one
			await new Promise((resolve) => setImmediate(resolve));
		}
		this.now = end;
	}
}
