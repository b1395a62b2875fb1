// How photos are taken in on this device: when what develops them is loaded, what keeps them from it, and when it goes on.
import { isDeviceFull, watch } from '../device/database.ts';
import { Part, PartMissing } from '../device/parts.ts';
import { modelToFindWith } from '../faces/model-in-use.ts';
import type { Studio } from '../studio/studio.svelte.ts';
import type { DeviceImporter } from './device-importer.ts';

/** Whether people have paused import on this device. */
const PAUSED = 'importPaused';
/** How soon models that could not be loaded are tried again; each time twice as long. */
const AGAIN_MS = 30_000;
const MAX_AGAIN_MS = 600_000;

export class Intake {
	/** photos that are copied and not developed: what is sent of them is not known yet */
	coming = $state(0);
	/** why nothing is taken in, in this tab: no room is left, or a part of the application could not be loaded */
	trouble = $state<'full' | 'missing' | null>(null);
	/** in all tabs, and until it is taken back */
	#isPausedByHand = $state(false);
	/** whether it is has been read: nothing is begun before */
	#isPausedKnown = false;
	readonly isPaused = $derived(this.#isPausedByHand || this.trouble !== null);
	#isDeveloping = false;
	#isDevelopDue = false;
	#isWarming = false;
	#isWarmDue = false;
	#holds = 0;
	/** when models that could not be loaded are tried again */
	#again: ReturnType<typeof setTimeout> | null = null;
	#againMs = AGAIN_MS;
	readonly #importer = new Part<DeviceImporter>(async () => {
		const { openImporter } = await import('./device-importer.ts').catch(() => {
			throw new PartMissing();
		});
		return openImporter(this.studio, this.onTransfers);
	});
	readonly #stopWatching: () => void;

	/**
	 * @param onTransfers something waits to be sent
	 * @param onResumed what waited elsewhere may be taken in again
	 */
	constructor(
		private readonly studio: Studio,
		private readonly onTransfers: () => void,
		private readonly onResumed: () => void
	) {
		this.#stopWatching = watch(
			() => this.studio.database.settings.get(PAUSED),
			(row) => {
				const wasPaused = this.isPaused;
				const wasKnown = this.#isPausedKnown;
				this.#isPausedKnown = true;
				this.#isPausedByHand = row?.value === true;
				if (!wasKnown) this.expect(this.coming);
				// in another tab
				else if (wasPaused && !this.isPaused) void this.#goOn();
			}
		);
	}

	/** What takes photos in. @throws PartMissing, which is said */
	async importer(): Promise<DeviceImporter> {
		try {
			return await this.#importer.get();
		} catch (error) {
			if (error instanceof PartMissing) this.stop('missing');
			throw error;
		}
	}

	/** So many photos are copied and wait to be developed. */
	expect(copied: number): void {
		this.coming = copied;
		if (copied > 0) void this.#develop();
	}

	/** Develops what is copied, in one tab at a time. */
	async #develop(): Promise<void> {
		if (this.isPaused || !this.#isPausedKnown) return;
		this.#isDevelopDue = true;
		if (this.#isDeveloping) return;
		this.#isDeveloping = true;
		const turn = async () => {
			if (!this.isPaused) await (await this.importer()).develop();
		};
		try {
			// what came while the last ones were being finished is not left behind; nor is what a tab began that is closed
			while (this.#isDevelopDue && !this.isPaused) {
				this.#isDevelopDue = false;
				await navigator.locks.request(`aura-develop-${this.studio.person}`, turn);
			}
		} catch (error) {
			if (!isDeviceFull(error) && !(error instanceof PartMissing)) throw error;
		} finally {
			this.#isDeveloping = false;
		}
	}

	/** Nothing is taken in before that is mended. */
	stop(trouble: 'full' | 'missing'): void {
		this.trouble = trouble;
	}

	async pause(): Promise<void> {
		this.#isPausedByHand = true;
		await this.studio.database.settings.put({ key: PAUSED, value: true });
	}

	async resume(): Promise<void> {
		this.trouble = null;
		this.#isPausedByHand = false;
		await this.studio.database.settings.delete(PAUSED);
		await this.#goOn();
	}

	async #goOn(): Promise<void> {
		this.onResumed();
		await this.#develop();
	}

	/** Photos whose faces could not be looked for, because the models were not here yet. Those of other workspaces may need other ones. */
	#faceless() {
		return this.studio.database.imports
			.where('state')
			.equals('faceless')
			.and(({ workspace }) => workspace === this.studio.membership.id);
	}

	/** The network is back. */
	async wake(): Promise<void> {
		if ((await this.#faceless().count()) > 0) this.warm();
	}

	/** A photo went on without them. */
	modelsAreMissing(): void {
		if (this.#again === null) this.warm();
	}

	/** Loads the models as soon as nobody needs the cores for what is seen. Photos that went on without them are looked at again then. */
	warm(): void {
		clearTimeout(this.#again ?? undefined);
		this.#again = null;
		this.#isWarmDue = true;
		if (!this.#isWarming) void this.#warm().catch(console.error);
	}

	async #warm(): Promise<void> {
		this.#isWarming = true;
		try {
			while (this.#isWarmDue && this.#holds === 0) {
				this.#isWarmDue = false;
				if (await this.#loadModels()) await this.#faceless().modify({ state: 'copied' });
				else this.#warmLater();
			}
		} finally {
			this.#isWarming = false;
		}
	}

	/** @returns whether they are here now */
	async #loadModels(): Promise<boolean> {
		const [importer, model] = await Promise.all([
			this.#importer.get(),
			modelToFindWith(this.studio.database, this.studio.membership.id)
		]);
		const areHere = await importer.warm(model);
		if (areHere) this.#againMs = AGAIN_MS;
		return areHere;
	}

	/** Each attempt over a network that breaks costs what had come. */
	#warmLater(): void {
		this.#isWarmDue = false;
		this.#again = setTimeout(() => this.warm(), this.#againMs);
		this.#againMs = Math.min(2 * this.#againMs, MAX_AGAIN_MS);
	}

	/** Keeps the models from being loaded while keys are answered by pictures. @returns lets them */
	holdWarming(): () => void {
		this.#holds++;
		return () => {
			this.#holds--;
			if (this.#isWarmDue) this.warm();
		};
	}

	destroy(): void {
		clearTimeout(this.#again ?? undefined);
		this.#stopWatching();
		this.#importer.ifLoaded((importer) => importer.destroy());
	}
}
