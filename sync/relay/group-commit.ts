/**
 * Collects entries while a commit is under way and stores them together in the next one: one
 * transaction for all that arrived meanwhile.
 */
export class GroupCommit<Entry> {
	#waiting: { entry: Entry; settle: (error?: unknown) => void }[] = [];
	#running = false;

	/** @param store stores all entries or none; runs one at a time */
	constructor(private readonly store: (entries: Entry[]) => Promise<void>) {}

	/** @returns a promise that settles when this entry is durable, or could not be stored. */
	submit(entry: Entry): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#waiting.push({
				entry,
				settle: (error) => (error === undefined ? resolve() : reject(error))
			});
			void this.#run();
		});
	}

	async #run(): Promise<void> {
		if (this.#running) return;
		this.#running = true;
		while (this.#waiting.length > 0) {
			const batch = this.#waiting;
			this.#waiting = [];
			try {
				await this.store(batch.map(({ entry }) => entry));
				for (const { settle } of batch) settle();
			} catch (error) {
				for (const { settle } of batch) settle(error ?? new Error('not stored'));
			}
		}
		this.#running = false;
	}
}
