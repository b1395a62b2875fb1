// What takes photos in on this device, with what it needs; loaded when a page is quiet, or something is to be taken in.
import type { Embedder } from '#shared/faces/models.ts';
import type { Studio } from '../studio/studio.svelte.ts';
import PhotoWorkerUrl from '../photos/photo.worker.ts?worker';
import { type Importer, createImporter } from './importer.ts';
import { createCopiers } from './import/copiers.ts';
import { createWorkerPool } from './pool.ts';

/** One more than cores, for each waits a fifth of its time for the browser's own decoder. */
const WORKERS = Math.min(4, navigator.hardwareConcurrency + 1);

export interface DeviceImporter extends Importer {
	/** Loads models in all workers. @returns whether they are here */
	warm(model: Embedder): Promise<boolean>;
	destroy(): void;
}

export function openImporter(studio: Studio, onTransfers: () => void): DeviceImporter {
	const pool = createWorkerPool(() => new PhotoWorkerUrl(), WORKERS);
	const copiers = createCopiers();
	const importer = createImporter({
		onFaceless: () => studio.intake.modelsAreMissing(),
		onFacesChanged: () => studio.followForgotten(),
		person: studio.person,
		database: studio.database,
		copiers,
		pool,
		documentOf: async (event) => {
			const { replica } = await studio.registry.open(`event/${event}`);
			return {
				doc: replica.doc,
				async settled() {
					// there may be room again: nothing of it is in what is written now
					if (replica.failure() !== null) replica.retry();
					await replica.settled();
				}
			};
		},
		onTransfers,
		onTrouble: (trouble) => trouble !== 'failed' && studio.intake.stop(trouble),
		nameOf: (event) => studio.projects.get(event)?.name ?? '',
		photographer: studio.identity.user.name,
		isPaused: () => studio.intake.isPaused,
		sourceOf: (event) => studio.projects.get(event)?.intake ?? 'cloud',
		facesOf: (event) => studio.projects.get(event)?.faces ?? 'on',
		mayRestore: () => studio.can('delete', 'photo')
	});
	return {
		...importer,
		warm: (model) => pool.warm(model),
		destroy() {
			pool.destroy();
			copiers.destroy();
		}
	};
}
