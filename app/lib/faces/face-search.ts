// Faces of one event on this device: sidecars that were made here, and those of other devices once they were
// fetched. Works without a network on what is here.
import { type Remote, wrap } from 'comlink';
import type { Said, WhoIsWho } from '../people/somebody.ts';
import type { Box } from '#shared/faces/sidecar.ts';
import { placesOf, without } from '../people/forget.ts';
import { addressOf } from '../api/client.ts';
import type { DeviceDatabase } from '../device/database.ts';
import { modelInUse } from './model-in-use.ts';
import { dropGraph, forgetLabels, isGraphGoing, keepLabels, storedGraph } from './stored-graph.ts';
import IndexWorkerClass from './index.worker.ts?worker';
import type { IndexWorker } from './index.worker.ts';

export interface FaceSearch {
	boxes(photo: string): Promise<Box[]>;
	/** Photos with this person, nearest first. */
	photosWith(photo: string, face: number): Promise<string[]>;
	/** Keys of a photo's faces, in the order of their boxes. */
	keys(photo: string): Promise<string[]>;
	/** People that there are on these photos, as far as their faces are here. */
	people(photos: readonly string[], said: Said): Promise<WhoIsWho>;
	destroy(): void;
}

/** Sidecars that are asked for at the same time. */
const LANES = 6;

/** @param storedElsewhere photos whose sidecar the server holds */
export function openFaceSearch(
	database: DeviceDatabase,
	workspace: string,
	event: string,
	storedElsewhere: () => string[],
	/** keys of faces of which nothing is kept */
	forgotten: () => Iterable<string>
): FaceSearch {
	const worker = new IndexWorkerClass();
	const remote: Remote<IndexWorker> = wrap<IndexWorker>(worker);
	const graphName = `${event}.bin`;
	let isRestored = false;
	/** photos whose faces the model in use made */
	const known = new Set<string>();
	/** photos that the server was asked for: those of another model may be made anew by the next time */
	const asked = new Set<string>();

	const add = async (rows: { photo: string; bytes: Uint8Array }[]) => {
		for (const photo of await remote.add(rows)) known.add(photo);
	};
	/** Brings the index up to what is on this device now. */
	const refresh = async () => {
		const model = await modelInUse(database, workspace);
		if (await remote.use(model)) known.clear();
		if (!isRestored) {
			isRestored = true;
			const labels = await storedGraph(database, event, model.id);
			if (labels) await remote.restore(graphName, labels);
		}
		const rows = await database.sidecars.where('event').equals(event).toArray();
		await add(rows.filter(({ photo }) => !known.has(photo)));
		const missing = storedElsewhere().filter((photo) => !known.has(photo) && !asked.has(photo));
		const fetchNext = async (): Promise<void> => {
			const photo = missing.pop();
			if (photo === undefined) return;
			const address = addressOf(
				'GET /api/workspaces/{workspace}/events/{event}/photos/{photo}/files/{kind}',
				{ workspace, event, photo, kind: 'faces' }
			);
			// what an earlier version of the server let the browser keep is replaced
			const response = await fetch(address, { cache: 'reload' }).catch(() => null);
			if (!response) return; // no network: what is here must do
			if (response.ok) {
				asked.add(photo);
				const answer = new Uint8Array(await response.arrayBuffer());
				// the server may not have come to it yet
				const bytes = without(answer, placesOf(photo, forgotten()));
				await database.sidecars.put({ event, photo, bytes });
				await add([{ photo, bytes }]);
			}
			return fetchNext();
		};
		await Promise.all(Array.from({ length: LANES }, fetchNext));
	};
	/** Keeps what took long to make, once nothing more comes. */
	const save = async () => {
		const labels = await remote.unsaved();
		if (labels === 'same' || (await isGraphGoing(database))) return;
		// what is written in part counts for nothing
		await forgetLabels(database);
		if (labels === 'drop') return dropGraph(database);
		const { id } = await modelInUse(database, workspace);
		await remote.save(graphName);
		await keepLabels(database, { event, model: id, labels });
	};
	let refreshing: Promise<void> | null = null;
	const ready = () =>
		(refreshing ??= refresh().finally(() => {
			refreshing = null;
			void save().catch(() => undefined);
		}));

	return {
		async boxes(photo) {
			if (!known.has(photo)) await ready();
			return remote.boxes(photo);
		},
		async photosWith(photo, face) {
			await ready();
			return remote.photosWith(photo, face);
		},
		async keys(photo) {
			if (!known.has(photo)) await ready();
			return remote.keys(photo);
		},
		async people(photos, said) {
			await ready();
			return remote.people(photos, said);
		},
		destroy: () => worker.terminate()
	};
}
