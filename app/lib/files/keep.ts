// Events that are kept on this device: all their pictures are here, and none goes by itself.
import { setKept } from '../device/usage.ts';
import type { DeviceDatabase } from '../device/database.ts';
import type { Pictures } from './sources.ts';

/** Pictures that are fetched at a time. */
const LANES = 4;

/**
 * @param onProgress told how many photos are settled, now and then
 * @returns how many photos are here with both sizes
 */
export async function keepEvent(
	{ database, pictures }: { database: DeviceDatabase; pictures: Pictures },
	place: { workspace: string; event: string },
	photos: readonly string[],
	isKept: boolean,
	stopped: AbortSignal,
	onProgress: (done: number) => void
): Promise<number> {
	await setKept(database, place.event, isKept);
	let done = 0;
	let here = 0;
	const rest = photos.values();
	const lane = async () => {
		for (const photo of rest) {
			if (stopped.aborted) return;
			const ref = { ...place, photo };
			// the small one first: it is what an event opens with
			const isSmallHere = await pictures.keep(ref, 'thumb', isKept);
			if ((await pictures.keep(ref, 'web', isKept)) && isSmallHere) here++;
			if (++done % 20 === 0) onProgress(done);
		}
	};
	await Promise.all(Array.from({ length: LANES }, lane));
	return here;
}
