import { Unreachable } from './client.ts';

/** Something that is asked from the server: what came last stays while it is asked again. */
export class Loaded<Value> {
	value = $state.raw<Value | null>(null);
	/** why the last try failed, in words */
	problem = $state('');
	isLoading = $state(false);
	#tries = 0;

	constructor(private readonly load: () => Promise<Value>) {}

	async reload(): Promise<void> {
		const mine = ++this.#tries;
		this.isLoading = true;
		try {
			const value = await this.load();
			if (mine !== this.#tries) return; // a later try is under way
			this.value = value;
			this.problem = '';
		} catch (error) {
			if (mine !== this.#tries) return;
			this.problem =
				error instanceof Unreachable
					? 'This page needs the server, and it cannot be reached now. Events and photos work without it.'
					: (error as Error).message;
		} finally {
			if (mine === this.#tries) this.isLoading = false;
		}
	}
}
