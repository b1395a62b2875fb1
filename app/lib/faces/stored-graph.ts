// What the page keeps of a stored graph: which photos it holds. The graph itself is in a database of the library's.
import type { DeviceDatabase } from '../device/database.ts';
import type { Labels } from './face-index.ts';

/** Where the library keeps its files (emscripten's IDBFS, by its mount). */
const LIBRARY_DATABASE = '/hnswlib-index';
const KEY = 'face-graph';
/** Set while a graph has to go that some worker may still hold open. */
const GOING = 'face-graph-goes';

interface Stored {
	event: string;
	model: string;
	labels: Labels;
}

const deleteLibrary = () =>
	new Promise<void>((resolve) => {
		const request = indexedDB.deleteDatabase(LIBRARY_DATABASE);
		// a worker that has it open closes it when it ends; then it goes
		request.onsuccess = request.onerror = request.onblocked = () => resolve();
	});

/** @returns null where the last graph that was stored is of another event or model */
export async function storedGraph(
	database: DeviceDatabase,
	event: string,
	model: string
): Promise<Labels | null> {
	if (await database.settings.get(GOING)) {
		await deleteLibrary();
		await database.settings.delete(GOING);
	}
	const stored = (await database.settings.get(KEY))?.value as Stored | undefined;
	return stored?.event === event && stored.model === model ? stored.labels : null;
}

/** Before a graph is written: without its labels it counts for nothing. */
export const forgetLabels = (database: DeviceDatabase): Promise<void> =>
	database.settings.delete(KEY);
export const keepLabels = (database: DeviceDatabase, value: Stored): Promise<unknown> =>
	database.settings.put({ key: KEY, value });

/** Whether there are faces in memory that may not be written any more. */
export const isGraphGoing = async (database: DeviceDatabase): Promise<boolean> =>
	(await database.settings.get(GOING)) !== undefined;

/** Takes the stored graph off this device: it holds faces of which nothing is kept any more. */
export async function dropGraph(database: DeviceDatabase): Promise<void> {
	await database.settings.put({ key: GOING, value: true });
	await forgetLabels(database);
	await deleteLibrary();
}
