/** Collects items for a while and hands them over together, one batch at a time. */
export class Batcher<Item> {
	#batch: { items: Item[]; done: Promise<void> } | null = null;
	#running: Promise<void> = Promise.resolve();

	constructor(
		private readonly windowMs: number,
		private readonly handle: (items: Item[]) => Promise<void>
	) {}

	/** @returns when the item's batch was handled. */
	add(item: Item): Promise<void> {
		if (!this.#batch) {
			const items: Item[] = [];
			const done = new Promise<void>((resolve) => setTimeout(resolve, this.windowMs)).then(() => {
				this.#batch = null;
				this.#running = this.#running.catch(() => undefined).then(() => this.handle(items));
				return this.#running;
			});
			this.#batch = { items, done };
		}
		this.#batch.items.push(item);
		return this.#batch.done;
	}
}
