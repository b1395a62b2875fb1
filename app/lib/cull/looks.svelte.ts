// How the photos of an event look: looked at once on each device, and kept.
import { wrap } from 'comlink';
import type { Face } from '#shared/faces/sidecar.ts';
import { type Moment, type Score, burstsOf, scoreOf } from '#shared/photos/bursts.ts';
import { isFilm } from '#shared/photos/format.ts';
import type { Look } from '#shared/photos/looks.ts';
import type { EventState, Photo } from '../events/event.svelte.ts';
import type { Studio } from '../studio/studio.svelte.ts';
import { type Eyes, facesKnown } from './eyes.ts';
import LooksWorkerUrl from './looks.worker.ts?worker';
import type { LooksWorker } from './looks.worker.ts';

/** So many are kept at a time. */
const BATCH = 50;

export class Looks {
	/** by photo */
	all = $state.raw<ReadonlyMap<string, Look>>(new Map());
	/** photos that are still to be looked at; 0: all that can be */
	left = $state(0);
	/** why something is not judged */
	problem = $state('');
	#worker: Worker | null = null;
	#isOver = false;
	#running: Promise<void> | null = null;

	constructor(
		private readonly studio: Studio,
		private readonly event: EventState,
		private readonly eyes: Eyes
	) {}

	/** Looks at what was not looked at before. */
	run(): Promise<void> {
		this.#running ??= this.#run().finally(() => (this.#running = null));
		return this.#running;
	}

	async #run(): Promise<void> {
		const { looks } = this.studio.database;
		const { id: event, workspace } = this.event;
		const rows = await looks.where('event').equals(event).toArray();
		const known = new Map(rows.map(({ photo, look }) => [photo, look]));
		this.all = new Map(known);
		const missing = this.event.stacks.leads.filter(
			({ id, facts }) => !known.has(id) && !isFilm(facts.type)
		);
		this.left = missing.length;
		if (missing.length === 0) return;
		this.#worker = new LooksWorkerUrl();
		const remote = wrap<LooksWorker>(this.#worker);
		let made: { event: string; photo: string; look: Look }[] = [];
		const keep = async () => {
			await looks.bulkPut(made);
			made = [];
			this.all = new Map(known);
		};
		for (const { id: photo } of missing) {
			if (this.#isOver) break;
			const address = await this.studio.pictures.address({ workspace, event, photo }, 'thumb');
			const look = address && (await remote.look(address).catch(() => null));
			this.left--;
			if (!look) continue;
			known.set(photo, look);
			made.push({ event, photo, look });
			if (made.length >= BATCH) await keep();
		}
		await keep();
		this.#worker.terminate();
		this.#worker = null;
	}

	/** Groups of photos by the ids that lead them. @param photos in the order of time */
	bursts(photos: readonly Photo[]): string[][] {
		return burstsOf(
			photos
				.filter(({ facts }) => !isFilm(facts.type))
				.map(({ id, facts }): Moment => ({
					id,
					takenAt: facts.takenAt,
					camera: facts.camera,
					look: this.all.get(id) ?? null
				}))
		);
	}

	/** What photos are judged by. @param eyes whether those count: they are looked at only then */
	async scores(photos: readonly string[], eyes: boolean): Promise<Map<string, Score>> {
		const scores = new Map<string, Score>();
		for (const photo of photos) {
			const look = this.all.get(photo);
			if (!look) continue;
			const faces = await facesKnown(this.studio, this.event.id, photo);
			const open = eyes ? await this.#eyesOf(photo, faces) : null;
			scores.set(
				photo,
				scoreOf(
					look,
					faces.map((face, i) => ({ ...face, eyes: open?.[i] ?? null }))
				)
			);
		}
		return scores;
	}

	async #eyesOf(photo: string, faces: Face[]): Promise<(number | null)[] | null> {
		try {
			const open = await this.eyes.of(photo, faces);
			this.problem = '';
			return open;
		} catch (error) {
			console.error(error);
			this.problem = 'Eyes could not be looked at: what sees them is loaded with the next network.';
			return null;
		}
	}

	destroy(): void {
		this.#isOver = true;
		this.#worker?.terminate();
	}
}
