// The bursts of an event while it is culled.
import { type Score, type Weights, bestOf, defaultWeights } from '#shared/photos/bursts.ts';
import type { EventState, Photo } from '../events/event.svelte.ts';
import type { Studio } from '../studio/studio.svelte.ts';
import type { Eyes } from './eyes.ts';
import type { Looks } from './looks.svelte.ts';

const WEIGHTS = 'burstWeights';

/** Looked for when they are first asked for. */
export class Bursts {
	/** ids of photos, group by group */
	all = $state.raw<string[][]>([]);
	/** place in `all` of the one that is looked at */
	current = $state<number | null>(null);
	scores = $state.raw<Map<string, Score>>(new Map());
	weights = $state.raw<Weights>(defaultWeights);
	#isLooking = $state(false);
	#looks = $state.raw<Looks | null>(null);

	constructor(
		private readonly studio: Studio,
		private readonly event: EventState,
		private readonly eyes: () => Promise<Eyes>
	) {}

	/** Photos of the one that is looked at. */
	get members(): string[] {
		return this.current === null ? [] : (this.all[this.current] ?? []);
	}
	/** The photo that is suggested; null: none yet. */
	get best(): string | null {
		return bestOf(this.scores, this.weights);
	}
	/** What is going on, for people. */
	get notice(): string {
		if (!this.#looks) return '';
		if (this.#isLooking) return `Looking for bursts… ${this.#looks.left || ''}`;
		return this.all.length === 0 ? 'No burst among these photos.' : '';
	}

	/** @param photos in the order of time */
	async find(photos: readonly Photo[]): Promise<void> {
		if (!this.#looks) {
			const [{ Looks: Made }, eyes, row] = await Promise.all([
				import('./looks.svelte.ts'),
				this.eyes(),
				this.studio.database.settings.get(WEIGHTS)
			]);
			// those of an earlier version know fewer
			if (row) this.weights = { ...defaultWeights, ...(row.value as Partial<Weights>) };
			this.#looks ??= new Made(this.studio, this.event, eyes);
		}
		this.#isLooking = true;
		await this.#looks.run().finally(() => (this.#isLooking = false));
		this.all = this.#looks.bursts(photos);
	}

	/** The burst of a photo, else the next after it, else the first. @returns null: there is none */
	near(ids: readonly string[], index: number): number | null {
		if (this.all.length === 0) return null;
		const own = this.all.findIndex((group) => group.includes(ids[index] ?? ''));
		if (own >= 0) return own;
		const place = new Map(ids.map((id, i) => [id, i]));
		return Math.max(
			0,
			this.all.findIndex(([first]) => (place.get(first!) ?? 0) > index)
		);
	}

	/** Opens a burst. @returns the photo that is suggested */
	async open(to: number): Promise<string | null> {
		const group = this.all[to];
		if (!group || !this.#looks) return null;
		this.current = to;
		this.scores = new Map();
		await this.#judge(to);
		// the next one is judged before it is asked for
		if (this.current === to) void this.#scoresOf(to + 1).catch(console.error);
		return this.best;
	}

	async #judge(which: number): Promise<void> {
		const scores = await this.#scoresOf(which);
		if (this.current === which) this.scores = scores;
	}

	#scoresOf(which: number): Promise<Map<string, Score>> {
		return this.#looks!.scores(this.all[which] ?? [], this.weights.eyes > 0);
	}

	/** Why something is not judged; empty where all is. */
	get problem(): string {
		return this.weights.eyes > 0 ? (this.#looks?.problem ?? '') : '';
	}

	close(): void {
		this.current = null;
	}

	async weigh(weights: Weights): Promise<void> {
		const wantsEyes = weights.eyes > 0 && this.weights.eyes === 0;
		this.weights = weights;
		if (wantsEyes && this.current !== null) void this.#judge(this.current);
		await this.studio.database.settings.put({ key: WEIGHTS, value: weights });
	}

	destroy(): void {
		this.#looks?.destroy();
	}
}
