import type { DeviceDatabase, ImportRow, ImportState } from '../device/database.ts';
import { watch } from '../device/database.ts';
import type { StoredOf } from '../device/usage.ts';
import { TETHERED, copyLock } from './batches.ts';
import { type Safety, isSafe, readSafety, verdictOf } from './import/safety.ts';

export interface Progress {
	total: number;
	/** done, known, refused or failed */
	settled: number;
	done: number;
	faces: number;
	/** already in this event */
	known: number;
	/** could not be taken, with reasons */
	refused: number;
	/** done but for faces, whose models are not here yet */
	faceless: number;
	/** chosen before the page closed, and not copied */
	abandoned: number;
	/** photos are being copied or developed */
	isActive: boolean;
}

const states: ImportState[] = [
	'chosen',
	'copied',
	'faceless',
	'unlooked',
	'done',
	'known',
	'refused',
	'failed'
];
const nothing: Progress = {
	total: 0,
	settled: 0,
	done: 0,
	faces: 0,
	known: 0,
	refused: 0,
	faceless: 0,
	abandoned: 0,
	isActive: false
};

/** Counts over the batches that nobody has put aside yet; by indices alone, so that thousands cost little. */
async function measure(
	{ imports }: DeviceDatabase,
	dismissed: ReadonlySet<string>
): Promise<Progress> {
	const batches = new Set<string>();
	await imports.orderBy('[batch+state+faces]').eachUniqueKey((key) => {
		const [batch] = key as unknown as [string];
		if (batch !== TETHERED && !dismissed.has(batch)) batches.add(batch);
	});
	if (batches.size === 0) return nothing;
	const locks = await navigator.locks.query();
	const held = new Set(locks.held?.map(({ name }) => name));
	const progress = { ...nothing };
	for (const batch of batches) {
		const count = Object.fromEntries(states.map((state) => [state, 0])) as Record<
			ImportState,
			number
		>;
		await imports
			.where('[batch+state+faces]')
			.between([batch], [batch, []])
			.eachKey((key) => {
				const [, state, faces] = key as unknown as [string, ImportState, number];
				count[state]++;
				progress.faces += faces;
			});
		const isCopying = held.has(copyLock(batch));
		const abandoned = isCopying ? 0 : count.chosen;
		progress.total += states.reduce((sum, state) => sum + count[state], 0) - abandoned;
		progress.abandoned += abandoned;
		progress.done += count.done + count.faceless + count.unlooked;
		progress.faceless += count.faceless;
		progress.known += count.known;
		progress.refused += count.refused + count.failed;
		progress.isActive ||= count.copied > 0 || (isCopying && count.chosen > 0);
	}
	progress.settled = progress.done + progress.known + progress.refused;
	return progress;
}

const SOON_MS = 250;
/** How often it is looked how far cards are that are not safe yet. */
const CARDS_MS = 2_000;
const DISMISSED = 'dismissedImports';

/** How far imports are, for the panel. */
export class ImportProgress {
	now = $state.raw<Progress>(nothing);
	/** cards and folders, and whether they can be formatted */
	cards = $state.raw<Safety[]>([]);
	/** seconds until all is developed, once it can be told */
	secondsLeft = $state<number | null>(null);
	#dismissed = new Set<string>();
	#start: { at: number; settled: number } | null = null;
	#timer: ReturnType<typeof setTimeout> | null = null;
	#stop: () => void;

	constructor(
		private readonly database: DeviceDatabase,
		private readonly storedOf: StoredOf
	) {
		this.#stop = watch(
			async () => {
				const setting = await database.settings.get(DISMISSED);
				return {
					dismissed: (setting?.value as string[] | undefined) ?? [],
					last: await database.imports.orderBy(':id').last(),
					cards: await database.batches.toArray()
				};
			},
			({ dismissed }) => {
				this.#dismissed = new Set(dismissed);
				this.#soon();
			}
		);
		// counts of rows change without the query above seeing it
		const stopRows = watch(
			() =>
				Promise.all(states.map((state) => database.imports.where('state').equals(state).count())),
			() => this.#soon()
		);
		const stopRest = this.#stop;
		this.#stop = () => {
			stopRest();
			stopRows();
		};
	}

	#soon(afterMs = SOON_MS): void {
		this.#timer ??= setTimeout(() => {
			this.#timer = null;
			void this.#measure();
		}, afterMs);
	}

	async #measure(): Promise<void> {
		const next = await measure(this.database, this.#dismissed);
		const now = performance.now();
		if (!next.isActive) this.#start = null;
		else this.#start ??= { at: now, settled: next.settled };
		const began = this.#start;
		const settled = began ? next.settled - began.settled : 0;
		this.secondsLeft =
			began && settled >= 2
				? ((now - began.at) / 1000 / settled) * (next.total - next.settled)
				: null;
		this.now = next;
		this.cards = await readSafety(this.database, this.storedOf);
		// locks that are given back, and what the server has, are not seen by the queries
		if (this.cards.some((card) => !isSafe(verdictOf(card)))) this.#soon(CARDS_MS);
	}

	/** Files that were not taken, for the list. */
	async refused(): Promise<ImportRow[]> {
		const rows = await this.database.imports.where('state').anyOf('refused', 'failed').toArray();
		return rows.filter(({ batch }) => !this.#dismissed.has(batch));
	}

	/** Puts finished imports aside, and what a closed page did not get to. */
	async dismiss(): Promise<void> {
		const { batches: cards, imports, settings } = this.database;
		const batches = (await imports.orderBy('[batch+state+faces]').uniqueKeys()).map(
			(key) => (key as unknown as [string])[0]
		);
		await this.database.transaction('rw', imports, settings, cards, async () => {
			await cards.clear();
			await imports.where('state').equals('chosen').delete();
			await settings.put({ key: DISMISSED, value: [...new Set(batches)] });
		});
	}

	destroy(): void {
		this.#stop();
		if (this.#timer) clearTimeout(this.#timer);
	}
}
