/**
 * Hands items over in batches, one batch at a time: the first at once, those that come while it is handled or within
 * the window after it together. A single photo waits for nothing, and a thousand do not make a thousand changes.
 */
export class Batcher<Item> {
	#waiting: { items: Item[]; done: Promise<void> } | null = null;
	#last: Promise<unknown> = Promise.resolve();

	constructor(
		private readonly windowMs: number,
		private readonly handle: (items: Item[]) => Promise<void>
	) {}

	/** @returns when the item's batch was handled. */
	add(item: Item): Promise<void> {
		if (!this.#waiting) {
			const items: Item[] = [];
			const done = this.#last.then(() => {
				this.#waiting = null;
				return this.handle(items);
			});
			this.#waiting = { items, done };
			const pause = () => new Promise((resolve) => setTimeout(resolve, this.windowMs));
			this.#last = done.then(pause, pause);
		}
		this.#waiting.items.push(item);
		return this.#waiting.done;
	}
}
